package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.utils.internals.ImplicitLinkedHashCollection;
import org.junit.jupiter.api.Test;

/** Requests that would cost much more than their bytes. */
class FrugalReadableTest {
  private static final short PRODUCE_BY_NAME = 12;
  private static final short PRODUCE_BY_ID = 13;
  private static final short METADATA = 12;

  private static List<String> names(int count, IntFunction<String> name) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(name.apply(i));
    }
    return names;
  }

  /** Names whose hash satisfies a condition. */
  private static List<String> chosen(int count, IntPredicate hash) {
    List<String> names = new ArrayList<>();
    for (int i = 0; names.size() < count; i++) {
      String name = Integer.toString(i, 36);
      if (hash.test(name.hashCode() & Integer.MAX_VALUE)) {
        names.add(name);
      }
    }
    return names;
  }

  private static ByteBuffer bytes(Message message, short version) {
    return MessageUtil.toByteBufferAccessor(message, version).buffer();
  }

  private static ByteBuffer produce(List<String> names) {
    // Written by hand: Kafka's own collection would take as long as it would take the reader.
    ByteBuffer bytes = ByteBuffer.allocate(100 + names.size() * 300);
    bytes.put((byte) 0).putShort((short) -1).putInt(1000);
    varint(bytes, names.size() + 1);
    for (String name : names) {
      varint(bytes, name.length() + 1);
      bytes.put(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      bytes.put((byte) 1).put((byte) 0);
    }
    return bytes.put((byte) 0).flip();
  }

  private static void varint(ByteBuffer into, int value) {
    int rest = value;
    for (; (rest & ~0x7f) != 0; rest >>>= 7) {
      into.put((byte) ((rest & 0x7f) | 0x80));
    }
    into.put((byte) rest);
  }

  private static int readProduce(ByteBuffer bytes, short version) {
    return new ProduceRequestData(FrugalReadable.body(ApiKeys.PRODUCE, bytes), version)
        .topicData()
        .size();
  }

  private static int readMetadata(List<String> names) {
    MetadataRequestData data = new MetadataRequestData();
    names.forEach(name -> data.topics().add(new MetadataRequestTopic().setName(name)));
    ByteBuffer bytes = bytes(data, METADATA);
    return new MetadataRequestData(FrugalReadable.body(ApiKeys.METADATA, bytes), METADATA)
        .topics()
        .size();
  }

  @Test
  void manyTopicsOfAllKindsOfNamesAreRead() {
    assertEquals(20_000, readProduce(produce(names(20_000, i -> "topic-" + i)), PRODUCE_BY_NAME));
    for (int count : new int[] {300, 1000, 2000, 5000, 20_000, 100_000}) {
      assertEquals(count, readMetadata(names(count, i -> i + "")));
      assertEquals(count, readMetadata(names(count, i -> "events-%05d".formatted(i))));
    }
    assertEquals(20_000, readMetadata(names(20_000, i -> "a".repeat(i % 200) + i)));
    ProduceRequestData byId = new ProduceRequestData();
    for (int i = 0; i < 5000; i++) {
      byId.topicData().add(new TopicProduceData().setTopicId(Uuid.randomUuid()));
    }
    assertEquals(5000, readProduce(bytes(byId, PRODUCE_BY_ID), PRODUCE_BY_ID));
  }

  @Test
  void idsThatNobodyKnowsHaveALimit() {
    MetadataRequestData data = new MetadataRequestData();
    for (int i = 0; i < 10_000; i++) {
      data.topics().add(new MetadataRequestTopic().setName(null).setTopicId(Uuid.randomUuid()));
    }
    ByteBuffer bytes = bytes(data, METADATA);
    assertEquals(
        10_000,
        new MetadataRequestData(FrugalReadable.body(ApiKeys.METADATA, bytes), METADATA)
            .topics()
            .size());
    data.topics().add(data.topics().get(0).duplicate());
    ByteBuffer more = bytes(data, METADATA);
    assertThrows(
        InvalidRequestException.class,
        () -> new MetadataRequestData(FrugalReadable.body(ApiKeys.METADATA, more), METADATA));
  }

  @Test
  void textThatIsNoKeyMayBeTheSame() {
    OffsetCommitRequestData data = new OffsetCommitRequestData().setGroupId("g");
    OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic().setName("t");
    for (int i = 0; i < 5000; i++) {
      topic
          .partitions()
          .add(
              new OffsetCommitRequestPartition()
                  .setPartitionIndex(i)
                  .setCommittedMetadata("the same for all"));
    }
    data.topics().add(topic);
    ByteBuffer bytes = bytes(data, (short) 8);
    assertEquals(
        5000,
        new OffsetCommitRequestData(FrugalReadable.body(ApiKeys.OFFSET_COMMIT, bytes), (short) 8)
            .topics()
            .get(0)
            .partitions()
            .size());
  }

  @Test
  void everyRequestThatIsKeptInAHashTableIsGuarded() {
    Set<ApiKeys> guarded = EnumSet.copyOf(FrugalReadable.GUARDED);
    guarded.addAll(FrugalReadable.WITH_VALUES);
    // Not served; whoever serves them adds them.
    guarded.addAll(
        Set.of(
            ApiKeys.UPDATE_FEATURES,
            ApiKeys.SHARE_FETCH,
            ApiKeys.SHARE_ACKNOWLEDGE,
            ApiKeys.ADD_RAFT_VOTER,
            ApiKeys.ALTER_SHARE_GROUP_OFFSETS));
    for (ApiKeys api : ApiKeys.clientApis()) {
      if (hasHashTable(api.messageType.newRequest().getClass(), new HashSet<>())) {
        assertTrue(guarded.contains(api), api.name());
      }
    }
  }

  private static boolean hasHashTable(Type type, Set<Type> seen) {
    if (!seen.add(type)) {
      return false;
    }
    if (type instanceof ParameterizedType generic) {
      return Stream.of(generic.getActualTypeArguments()).anyMatch(t -> hasHashTable(t, seen));
    }
    if (!(type instanceof Class<?> message)
        || !message.getName().startsWith("org.apache.kafka.common.message.")) {
      return false;
    }
    return ImplicitLinkedHashCollection.class.isAssignableFrom(message)
        || Stream.of(message.getDeclaredFields())
            .anyMatch(field -> hasHashTable(field.getGenericType(), seen));
  }

  @Test
  void namesThatAreTheSameAreRefused() {
    ByteBuffer same = produce(names(4000, i -> ""));
    assertTimeout(
        Duration.ofSeconds(10),
        () ->
            assertThrows(InvalidRequestException.class, () -> readProduce(same, PRODUCE_BY_NAME)));
  }

  @Test
  void namesThatMeetInOnePlaceOfATableAreRefused() {
    int count = 2000;
    // A table of the exact size, and those that grow: see CollisionGuard.
    for (int size : new int[] {2 * count + 1, 4 * count + 3, 6143}) {
      List<String> names = chosen(count, hash -> hash % size < 50);
      assertThrows(InvalidRequestException.class, () -> readMetadata(names), size + "");
    }
    List<String> forProduce = new ArrayList<>();
    for (int i = 0; forProduce.size() < count; i++) {
      String name = Integer.toString(i, 36);
      if (((31 * name.hashCode()) & Integer.MAX_VALUE) % (2 * count + 1) < 50) {
        forProduce.add(name);
      }
    }
    ByteBuffer bytes = produce(forProduce);
    assertThrows(InvalidRequestException.class, () -> readProduce(bytes, PRODUCE_BY_NAME));
  }

  @Test
  void requestsWithConfigsHaveALimitOfTheirOwn() {
    CreateTopicsRequestData data = new CreateTopicsRequestData();
    for (int i = 0; i < 2000; i++) {
      CreateTopicsRequestData.CreatableTopic topic =
          new CreateTopicsRequestData.CreatableTopic()
              .setName("t" + i)
              .setNumPartitions(1)
              .setReplicationFactor((short) 1);
      topic
          .configs()
          .add(
              new CreateTopicsRequestData.CreatableTopicConfig()
                  .setName("retention.ms")
                  .setValue("1000"));
      data.topics().add(topic);
    }
    assertEquals(2000, readTopics(data));
    data.topics().add(new CreateTopicsRequestData.CreatableTopic().setName("more"));
    assertThrows(InvalidRequestException.class, () -> readTopics(data));
  }

  private static int readTopics(CreateTopicsRequestData data) {
    short version = ApiKeys.CREATE_TOPICS.latestVersion();
    ByteBuffer bytes = bytes(data, version);
    return new CreateTopicsRequestData(FrugalReadable.body(ApiKeys.CREATE_TOPICS, bytes), version)
        .topics()
        .size();
  }
}

package dev.naru.proving.clients;

import static dev.naru.proving.Clients.errorOf;
import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics, partitions, offsets and directories, as the Java admin client sees them. */
class AdminTopicsIT {
  private static String bootstrap;
  private static Admin admin;

  @BeforeAll
  static void connect() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static TopicDescription describe(String topic) {
    return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  private static void fill(String topic, int count, Object... settings) {
    try (Producer<String, String> producer = Clients.producer(bootstrap, settings)) {
      for (int i = 0; i < count; i++) {
        get(producer.send(new ProducerRecord<>(topic, 0, null, "v" + i)));
      }
    }
  }

  @Test
  void aTopicLivesFromCreationToDeletion() {
    String topic = Clients.unique("life");
    CreateTopicsResult created =
        admin.createTopics(
            List.of(new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "60000"))));
    Uuid id = get(created.topicId(topic));
    assertEquals(3, get(created.numPartitions(topic)));
    Config config = get(created.config(topic));
    assertEquals("60000", config.get("retention.ms").value());
    Clients.await("the topic in the list", () -> get(admin.listTopics().names()).contains(topic));
    TopicDescription description = describe(topic);
    assertEquals(id, description.topicId());
    assertEquals(3, description.partitions().size());
    assertFalse(description.isInternal());
    description.partitions().forEach(p -> assertEquals(p.leader(), p.replicas().get(0)));
    assertEquals(
        topic,
        get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds())
            .get(id)
            .name());

    get(admin.deleteTopics(List.of(topic)).all());
    Clients.await("the topic gone", () -> !get(admin.listTopics().names()).contains(topic));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        errorOf(admin.describeTopics(List.of(topic)).allTopicNames()));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class, errorOf(admin.deleteTopics(List.of(topic)).all()));
  }

  @Test
  void aTopicOfTheSameNameIsAnotherTopic() {
    String topic = Clients.createTopic(admin, "again", 1);
    fill(topic, 5);
    Uuid before = describe(topic).topicId();
    get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(before))).all());
    Clients.await("the topic gone", () -> !get(admin.listTopics().names()).contains(topic));
    get(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all());
    TopicPartition partition = new TopicPartition(topic, 0);
    Clients.await("an empty log", () -> end(partition) == 0);
    assertNotEquals(before, describe(topic).topicId());
    fill(topic, 1);
    assertEquals(List.of("v0"), Clients.readValues(bootstrap, topic));
  }

  private static long end(TopicPartition partition) {
    return get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all())
        .get(partition)
        .offset();
  }

  @Test
  void whatCannotBeCreatedIsRefusedWithItsReason() {
    String topic = Clients.createTopic(admin, "there", 1);
    assertRefused(TopicExistsException.class, new NewTopic(topic, 1, (short) 1));
    assertRefused(InvalidTopicException.class, new NewTopic("bad name", 1, (short) 1));
    assertRefused(InvalidTopicException.class, new NewTopic("..", 1, (short) 1));
    assertRefused(InvalidTopicException.class, new NewTopic("x".repeat(250), 1, (short) 1));
    assertRefused(
        InvalidPartitionsException.class, new NewTopic(Clients.unique("none"), 0, (short) 1));
    assertRefused(
        InvalidReplicationFactorException.class, new NewTopic(Clients.unique("two"), 1, (short) 2));
    assertRefused(
        InvalidConfigurationException.class,
        new NewTopic(Clients.unique("config"), 1, (short) 1)
            .configs(Map.of("no.such.config", "1")));
    assertRefused(
        InvalidConfigurationException.class,
        new NewTopic(Clients.unique("value"), 1, (short) 1)
            .configs(Map.of("retention.ms", "soon")));
  }

  private static void assertRefused(Class<? extends Exception> expected, NewTopic topic) {
    Throwable error = errorOf(admin.createTopics(List.of(topic)).all());
    assertInstanceOf(expected, error);
    assertFalse(error.getMessage().isBlank());
  }

  @Test
  void validatingOnlyCreatesNothing() {
    String topic = Clients.unique("validate");
    get(
        admin
            .createTopics(
                List.of(new NewTopic(topic, 1, (short) 1)),
                new CreateTopicsOptions().validateOnly(true))
            .all());
    assertFalse(get(admin.listTopics().names()).contains(topic));
  }

  @Test
  void partitionsCanBeAddedAndNotTakenAway() throws Exception {
    String topic = Clients.createTopic(admin, "grow", 1);
    get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all());
    Clients.await("four partitions", () -> describe(topic).partitions().size() == 4);
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      assertEquals(3, get(producer.send(new ProducerRecord<>(topic, 3, null, "x"))).partition());
    }
    assertInstanceOf(
        InvalidPartitionsException.class,
        errorOf(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all()));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        errorOf(
            admin
                .createPartitions(Map.of(Clients.unique("no"), NewPartitions.increaseTo(2)))
                .all()));
  }

  @Test
  void deletedRecordsAreGoneAndTheRestKeepsItsOffsets() {
    String topic = Clients.createTopic(admin, "delete-records", 1);
    fill(topic, 10);
    TopicPartition partition = new TopicPartition(topic, 0);
    long low =
        get(admin
                .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
                .lowWatermarks()
                .get(partition))
            .lowWatermark();
    assertEquals(4, low);
    assertEquals(List.of("v4", "v5", "v6", "v7", "v8", "v9"), Clients.readValues(bootstrap, topic));
    assertEquals(
        4,
        get(admin.listOffsets(Map.of(partition, OffsetSpec.earliest())).all())
            .get(partition)
            .offset());
    assertInstanceOf(
        OffsetOutOfRangeException.class,
        errorOf(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(11))).all()));
    get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all());
    assertEquals(List.of(), Clients.readValues(bootstrap, topic));
  }

  @Test
  void everySpecialTimestampFindsItsOffset() {
    String topic = Clients.createTopic(admin, "list-offsets", 1);
    TopicPartition partition = new TopicPartition(topic, 0);
    assertEquals(-1, offset(partition, OffsetSpec.maxTimestamp()));
    long baseMs = System.currentTimeMillis() - 60_000;
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (long deltaMs : new long[] {0, 30, 10, 20}) {
        get(producer.send(new ProducerRecord<>(topic, 0, baseMs + deltaMs, null, "v")));
      }
    }
    assertEquals(0, offset(partition, OffsetSpec.earliest()));
    assertEquals(4, offset(partition, OffsetSpec.latest()));
    assertEquals(1, offset(partition, OffsetSpec.maxTimestamp()));
    assertEquals(0, offset(partition, OffsetSpec.earliestLocal()));
    assertEquals(-1, offset(partition, OffsetSpec.latestTiered()));
    assertEquals(1, offset(partition, OffsetSpec.forTimestamp(baseMs + 5)));
    assertEquals(1, offset(partition, OffsetSpec.forTimestamp(baseMs + 15)));
    assertEquals(-1, offset(partition, OffsetSpec.forTimestamp(baseMs + 31)));
  }

  private static long offset(TopicPartition partition, OffsetSpec spec) {
    return get(admin.listOffsets(Map.of(partition, spec)).all()).get(partition).offset();
  }

  @Test
  void logDirectoriesSayWhatTheyHold() {
    String topic = Clients.createTopic(admin, "dirs", 1);
    fill(topic, 100);
    int broker = get(admin.describeCluster().nodes()).iterator().next().id();
    Map<String, LogDirDescription> dirs =
        get(admin.describeLogDirs(List.of(broker)).allDescriptions()).get(broker);
    LogDirDescription dir = dirs.values().iterator().next();
    assertEquals(null, dir.error());
    ReplicaInfo replica = dir.replicaInfos().get(new TopicPartition(topic, 0));
    assertTrue(replica.size() > 100 * 60, () -> "100 records take " + replica.size() + " bytes");
    assertTrue(dir.totalBytes().getAsLong() >= dir.usableBytes().getAsLong());
    assertTrue(dir.usableBytes().getAsLong() > 0);
  }

  @Test
  void activeProducersAreDescribed() {
    String topic = Clients.createTopic(admin, "producers", 1);
    fill(topic, 7);
    TopicPartition partition = new TopicPartition(topic, 0);
    List<ProducerState> states =
        get(admin.describeProducers(List.of(partition)).partitionResult(partition))
            .activeProducers();
    assertEquals(1, states.size());
    assertEquals(6, states.get(0).lastSequence());
    assertEquals(0, states.get(0).producerEpoch());
    assertTrue(states.get(0).currentTransactionStartOffset().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "all"})
  void anIdempotentOrPlainProducerLeavesTheOffsetsDense(String acks) {
    String topic = Clients.createTopic(admin, "dense", 1);
    fill(topic, 20, "acks", acks, "enable.idempotence", acks.equals("all"));
    Clients.await("the end after 20 records", () -> end(new TopicPartition(topic, 0)) >= 20);
    assertEquals(20, end(new TopicPartition(topic, 0)));
  }

  @Test
  void unknownTopicsAreNamedOnlyWhenAsked() {
    Set<String> names = get(admin.listTopics().names());
    assertTrue(names.stream().noneMatch(name -> name.startsWith("__")), names::toString);
  }
}

package dev.naru.proving.clients;

import static dev.naru.proving.Clients.poll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java consumer, with both group protocols and with none. */
class ConsumeIT {
  /** The timestamp of every topic's first record; recent, so that retention leaves it alone. */
  private static final long BASE_MS = System.currentTimeMillis() - 3_600_000;

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

  private static Consumer<String, String> member(String protocol, String group, Object... more) {
    List<Object> settings = new ArrayList<>(List.of("group.id", group, "group.protocol", protocol));
    if (protocol.equals("classic")) {
      settings.addAll(List.of("heartbeat.interval.ms", 200, "session.timeout.ms", 10_000));
    }
    settings.addAll(List.of(more));
    return Clients.consumer(bootstrap, settings.toArray());
  }

  private static String filled(String name, int partitions, int perPartition) {
    String topic = Clients.createTopic(admin, name, partitions);
    fill(topic, partitions, perPartition, 0);
    return topic;
  }

  private static void fill(String topic, int partitions, int perPartition, int from) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (int i = from; i < from + perPartition; i++) {
        for (int p = 0; p < partitions; p++) {
          sent.add(producer.send(new ProducerRecord<>(topic, p, BASE_MS + i, "k", p + ":" + i)));
        }
      }
    }
    sent.forEach(Clients::get);
  }

  private static Set<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream()
        .map(ConsumerRecord::value)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupGoesOnWhereItsLastMemberCommitted(String protocol) {
    String topic = filled("resume", 2, 50);
    String group = Clients.unique("resume");
    try (Consumer<String, String> first = member(protocol, group)) {
      first.subscribe(List.of(topic));
      assertEquals(100, values(poll(first, 100)).size());
      first.commitSync();
    }
    fill(topic, 2, 10, 50);
    try (Consumer<String, String> second = member(protocol, group)) {
      second.subscribe(List.of(topic));
      List<ConsumerRecord<String, String>> rest = poll(second, 20);
      assertEquals(20, values(rest).size());
      assertTrue(rest.stream().allMatch(record -> record.offset() >= 50));
      TopicPartition partition = new TopicPartition(topic, 0);
      assertEquals(50, second.committed(Set.of(partition)).get(partition).offset());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void autoCommitRemembersWhatWasPolledAtClose(String protocol) {
    String topic = filled("auto-commit", 1, 30);
    String group = Clients.unique("auto-commit");
    try (Consumer<String, String> consumer =
        member(protocol, group, "enable.auto.commit", "true")) {
      consumer.subscribe(List.of(topic));
      poll(consumer, 30);
    }
    try (Consumer<String, String> consumer = member(protocol, group)) {
      TopicPartition partition = new TopicPartition(topic, 0);
      assertEquals(30, consumer.committed(Set.of(partition)).get(partition).offset());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aSecondMemberTakesItsShareAndGivesItBack(String protocol) {
    String topic = filled("share", 4, 5);
    String group = Clients.unique("share");
    try (Consumer<String, String> first = member(protocol, group)) {
      first.subscribe(List.of(topic));
      Clients.await("all partitions at the first", () -> assignedAfterPoll(first) == 4);
      try (Consumer<String, String> second = member(protocol, group)) {
        second.subscribe(List.of(topic));
        Clients.await("two partitions each", () -> shares(second, first).equals(List.of(2, 2)));
        Set<TopicPartition> all = new HashSet<>(first.assignment());
        all.addAll(second.assignment());
        assertEquals(4, all.size());
      }
      Clients.await("all partitions back at the first", () -> assignedAfterPoll(first) == 4);
    }
  }

  /** Polls both, since neither can move without the other. */
  private static List<Integer> shares(
      Consumer<String, String> one, Consumer<String, String> other) {
    return List.of(assignedAfterPoll(one), assignedAfterPoll(other));
  }

  private static int assignedAfterPoll(Consumer<String, String> consumer) {
    consumer.poll(Duration.ofMillis(50));
    return consumer.assignment().size();
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aStaticMemberComesBackToItsOwnPartitions(String protocol) {
    String topic = filled("static", 4, 5);
    String group = Clients.unique("static");
    try (Consumer<String, String> other = member(protocol, group, "group.instance.id", "other")) {
      other.subscribe(List.of(topic));
      Set<TopicPartition> before;
      Set<TopicPartition> othersBefore;
      try (Consumer<String, String> leaver =
          member(protocol, group, "group.instance.id", "leaver")) {
        leaver.subscribe(List.of(topic));
        Clients.await("two each", () -> shares(leaver, other).equals(List.of(2, 2)));
        before = Set.copyOf(leaver.assignment());
        othersBefore = Set.copyOf(other.assignment());
      }
      try (Consumer<String, String> back = member(protocol, group, "group.instance.id", "leaver")) {
        back.subscribe(List.of(topic));
        Clients.await("the same two", () -> assignedAfterPoll(back) == 2);
        assertEquals(before, back.assignment());
        assignedAfterPoll(other);
        assertEquals(othersBefore, other.assignment());
      }
    }
  }

  @Test
  void aTopicThatMatchesThePatternLaterIsConsumedToo() {
    String prefix = Clients.unique("pattern");
    createAndFill(prefix + "-a");
    try (Consumer<String, String> consumer =
        member("classic", Clients.unique("pattern"), "metadata.max.age.ms", 300)) {
      consumer.subscribe(Pattern.compile(Pattern.quote(prefix) + ".*"));
      poll(consumer, 1);
      createAndFill(prefix + "-b");
      // The rebalance may hand out the first topic's record once more: nothing was committed.
      Clients.await(
          "a record of the second topic",
          () -> poll(consumer, 1).stream().anyMatch(r -> r.topic().equals(prefix + "-b")));
    }
  }

  @Test
  void theNodeItselfMatchesThePatternOfANewProtocolMember() {
    String prefix = Clients.unique("re2");
    createAndFill(prefix + "-a");
    try (Consumer<String, String> consumer = member("consumer", Clients.unique("re2"))) {
      consumer.subscribe(new SubscriptionPattern(prefix + "-[ab]"));
      assertEquals(prefix + "-a", poll(consumer, 1).get(0).topic());
    }
  }

  private static void createAndFill(String topic) {
    Clients.get(
        admin
            .createTopics(List.of(new org.apache.kafka.clients.admin.NewTopic(topic, 1, (short) 1)))
            .all());
    fill(topic, 1, 1, 0);
  }

  @Test
  void aMemberThatStayedAwayTooLongCannotCommit() {
    String protocol = "classic";
    String topic = filled("stale", 1, 10);
    String group = Clients.unique("stale");
    try (Consumer<String, String> slow = member(protocol, group, "max.poll.interval.ms", 1_000)) {
      slow.subscribe(List.of(topic));
      poll(slow, 10);
      try (Consumer<String, String> next = member(protocol, group)) {
        next.subscribe(List.of(topic));
        Clients.await("the partition at the next member", () -> assignedAfterPoll(next) == 1);
        assertThrows(CommitFailedException.class, slow::commitSync);
      }
    }
  }

  @Test
  void seekOffsetsForTimesAndEndsSayWhatTheLogHolds() {
    String topic = filled("positions", 1, 100);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Consumer<String, String> consumer = Clients.consumer(bootstrap)) {
      consumer.assign(List.of(partition));
      assertEquals(Map.of(partition, 0L), consumer.beginningOffsets(List.of(partition)));
      assertEquals(Map.of(partition, 100L), consumer.endOffsets(List.of(partition)));
      assertEquals(
          42, consumer.offsetsForTimes(Map.of(partition, BASE_MS + 42)).get(partition).offset());
      assertEquals(
          BASE_MS + 42,
          consumer.offsetsForTimes(Map.of(partition, BASE_MS + 42)).get(partition).timestamp());
      assertNull(consumer.offsetsForTimes(Map.of(partition, BASE_MS + 5_000)).get(partition));
      consumer.seek(partition, 97);
      assertEquals(List.of("0:97", "0:98", "0:99"), List.copyOf(values(poll(consumer, 3))));
      consumer.seekToBeginning(List.of(partition));
      assertEquals(0, consumer.position(partition));
      consumer.seekToEnd(List.of(partition));
      assertEquals(100, consumer.position(partition));
      consumer.pause(List.of(partition));
      consumer.seek(partition, 0);
      assertTrue(consumer.poll(Duration.ofMillis(100)).isEmpty());
      consumer.resume(List.of(partition));
      assertEquals(100, poll(consumer, 100).size());
    }
  }

  @Test
  void commitsKeepTheirMetadata() {
    String topic = filled("metadata", 1, 1);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Consumer<String, String> consumer =
        Clients.consumer(bootstrap, "group.id", Clients.unique("metadata"))) {
      consumer.assign(List.of(partition));
      assertNull(consumer.committed(Set.of(partition)).get(partition));
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(1, "a note")));
      OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
      assertEquals(1, committed.offset());
      assertEquals("a note", committed.metadata());
    }
  }

  @Test
  void withoutAResetPolicyAMissingOffsetIsAnError() {
    String topic = filled("none", 1, 5);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Consumer<String, String> consumer =
        Clients.consumer(
            bootstrap, "group.id", Clients.unique("none"), "auto.offset.reset", "none")) {
      consumer.assign(List.of(partition));
      assertThrows(NoOffsetForPartitionException.class, () -> poll(consumer, 1));
      consumer.seek(partition, 1_000);
      assertThrows(OffsetOutOfRangeException.class, () -> poll(consumer, 1));
    }
  }

  @Test
  void resetToLatestSkipsWhatIsThereAndSeesWhatComes() {
    String topic = filled("latest", 1, 5);
    try (Consumer<String, String> consumer =
        Clients.consumer(
            bootstrap, "group.id", Clients.unique("latest"), "auto.offset.reset", "latest")) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      assertEquals(5, consumer.position(partition));
      fill(topic, 1, 1, 5);
      assertEquals(Set.of("0:5"), values(poll(consumer, 1)));
    }
  }

  @Test
  void smallFetchesWalkThroughManyPartitionsCompletely() {
    String topic = filled("small-fetch", 10, 100);
    List<TopicPartition> all =
        IntStream.range(0, 10).mapToObj(i -> new TopicPartition(topic, i)).toList();
    try (Consumer<String, String> consumer =
        Clients.consumer(
            bootstrap,
            "fetch.max.bytes",
            2_000,
            "max.partition.fetch.bytes",
            500,
            "max.poll.records",
            37)) {
      consumer.assign(all);
      assertEquals(1_000, values(poll(consumer, 1_000)).size());
    }
  }

  @Test
  void aFetchWaitsForItsMinimumOfBytesUntilItsTimeIsUp() {
    String topic = filled("long-poll", 1, 1);
    try (Consumer<String, String> consumer =
        Clients.consumer(bootstrap, "fetch.min.bytes", 1_000_000, "fetch.max.wait.ms", 300)) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      assertEquals(Set.of("0:0"), values(poll(consumer, 1)));
    }
  }
}

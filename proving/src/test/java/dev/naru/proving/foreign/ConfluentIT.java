package dev.naru.proving.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.SharedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** confluent-kafka for Python, and with it librdkafka, which most languages other than Java use. */
@Tag("once")
class ConfluentIT {
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

  private static List<String> run(String command, Object... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = command;
    all[1] = bootstrap;
    for (int i = 0; i < arguments.length; i++) {
      all[i + 2] = String.valueOf(arguments[i]);
    }
    return Scripts.python("confluent.py", all);
  }

  @Test
  void anIdempotentProducerWithManyBatchesInFlightKeepsTheOrder() {
    String topic = Clients.createTopic(admin, "confluent-idempotent", 2);
    List<String> delivered = run("idempotent", topic, 3_000);
    Map<String, List<String>> byPartition = new TreeMap<>();
    for (String line : delivered) {
      String[] fields = line.split("\t");
      List<String> values = byPartition.computeIfAbsent(fields[0], p -> new ArrayList<>());
      assertEquals(values.size(), Long.parseLong(fields[1]), line);
      values.add(fields[2]);
    }
    for (int p = 0; p < 2; p++) {
      int parity = p;
      List<String> expected =
          IntStream.range(0, 3_000).filter(i -> i % 2 == parity).mapToObj(i -> "v" + i).toList();
      assertEquals(expected, byPartition.get(String.valueOf(p)));
      assertEquals(expected, Topics.values(bootstrap, "read_uncommitted", topic, p));
    }
  }

  /** Three of six transactions commit; each has ten records of the source and their offsets. */
  @Test
  void transactionsMoveRecordsAndOffsetsTogetherOrNotAtAll() {
    String source = Topics.filled(admin, bootstrap, "confluent-source", 1, 40);
    String target = Clients.createTopic(admin, "confluent-target", 1);
    String group = Clients.unique("confluent-transactions");
    run("transactions", source, target, group, Clients.unique("confluent"), 10);
    List<String> committed = IntStream.range(0, 30).mapToObj(i -> "v" + i).toList();
    assertEquals(committed, Topics.values(bootstrap, "read_committed", target, 0));
    Clients.await(
        "the offset of the last transaction",
        () -> Topics.committed(admin, group, source).equals(Map.of(0, "30")));

    List<String> expected = new ArrayList<>();
    for (int transaction = 0; transaction < 3; transaction++) {
      // Before each committed transaction lie ten records that were aborted, and a marker.
      for (int i = 0; i < 10; i++) {
        int offset = 22 * transaction + 11 + i;
        expected.add("read_committed\t0\t" + offset + "\tv" + (10 * transaction + i));
      }
    }
    for (int transaction = 0; transaction < 3; transaction++) {
      for (int i = 0; i < 20; i++) {
        int offset = 22 * transaction + i + i / 10;
        String value = "v" + (10 * transaction + i % 10) + (i < 10 ? " aborted" : "");
        expected.add("read_uncommitted\t0\t" + offset + "\t" + value);
      }
    }
    assertEquals(expected, run("committed_group", target, Clients.unique("confluent"), 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"range", "roundrobin", "cooperative-sticky"})
  void threeMembersShareSixPartitionsAndGiveThemBack(String strategy) {
    String topic = Clients.createTopic(admin, "confluent-three", 6);
    List<Consumed> consumed =
        Consumed.parse(run("three", topic, Clients.unique("confluent-three"), strategy, 600));
    Consumed.assertEachOnce(consumed, 6, 600);
    assertEquals(3, Consumed.counts(consumed).size(), () -> Consumed.counts(consumed).toString());
  }

  @Test
  void timesWatermarksAndSeeksFindTheirOffsets() {
    long firstMs = System.currentTimeMillis() - 3_600_000;
    String topic = Topics.filled(admin, bootstrap, "confluent-seek", 1, 100, firstMs);
    assertEquals(
        List.of(
            "times\t42\tend",
            "watermarks\t0\t100",
            "at\tv42",
            "seek\t97\t98",
            "seek\t3\t4",
            "seek\t0\t1",
            "seek\t99\t100"),
        run("seek", topic, firstMs + 41_001));
  }

  @Test
  void aPausedPartitionWaitsWhileTheOtherGoesOnAndComesBackInOrder() {
    String topic = Clients.createTopic(admin, "confluent-backpressure", 2);
    int total = 600;
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (int i = 0; i < total; i++) {
        String value = "v" + i + " " + "x".repeat(1_000);
        producer.send(new ProducerRecord<>(topic, i % 2, null, value));
      }
    }
    List<String> lines = run("backpressure", topic, total);
    List<String[]> fields = lines.stream().map(line -> line.split("\t")).toList();
    assertTrue(fields.stream().noneMatch(f -> f[0].equals("while paused")), lines::toString);
    for (String partition : List.of("0", "1")) {
      List<String> offsets =
          fields.stream()
              .filter(f -> f[0].equals("seen") && f[1].equals(partition))
              .map(f -> f[2])
              .toList();
      assertEquals(IntStream.range(0, total / 2).mapToObj(String::valueOf).toList(), offsets);
    }
  }

  @Test
  void itsAdminClientSeesTopicsConfigsAndGroupsFromCreationToDeletion() {
    String topic = Clients.unique("confluent-admin");
    assertEquals(
        List.of(
            "create\tdone",
            "create\tTOPIC_ALREADY_EXISTS",
            "create\tINVALID_REPLICATION_FACTOR",
            "partitions\tdone",
            "partitions\tINVALID_PARTITIONS",
            "cluster\t1\tTrue\t[0, 1, 2, 3]",
            "config\tcleanup.policy\tdelete\tTrue",
            "config\tretention.ms\t7200000\tFalse",
            "alter\tdone",
            "config\tcleanup.policy\tcompact\tFalse",
            "config\tretention.ms\t604800000\tTrue",
            "alter\tINVALID_CONFIG",
            "group\tStable\tconsumer\trange\t['confluent-member']",
            "groups\tTrue",
            "delete\tdone",
            "delete\tUNKNOWN_TOPIC_OR_PART",
            "left\tFalse"),
        run("admin", topic, topic));
  }
}

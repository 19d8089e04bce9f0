package dev.naru.proving.foreign;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** KafkaJS, the client of Node.js programs, which speaks the protocol on its own. */
@Tag("once")
class KafkaJsIT {
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
    List<String> all = new ArrayList<>(List.of(command, bootstrap));
    for (Object argument : arguments) {
      all.add(String.valueOf(argument));
    }
    return KafkaJs.run("", all.toArray(String[]::new));
  }

  @Test
  void aGroupGoesOnWhereItsLastMemberCommitted() {
    String topic = Topics.filled(admin, bootstrap, "js-resume", 2, 60);
    String group = Clients.unique("js-resume");
    List<Consumed> consumed = Consumed.parse(run("resume", topic, group, 25, 60));
    Consumed.assertEachOnce(consumed, 2, 60);
    assertEquals(Map.of("first", 25L, "second", 35L), Consumed.counts(consumed));
    assertEquals(
        List.of("30", "30"),
        Topics.committed(admin, group, topic).values().stream()
            .map(offset -> offset.split(" ")[0])
            .toList());
  }

  @Test
  void twoMembersShareWhileRecordsComeInAndNoneIsLostOrDoubled() {
    String topic = Clients.createTopic(admin, "js-rebalance", 4);
    List<Consumed> consumed =
        Consumed.parse(run("rebalance", topic, Clients.unique("js-rebalance"), 240));
    Consumed.assertEachOnce(consumed, 4, 240);
    assertEquals(2, Consumed.counts(consumed).size());
  }

  @Test
  void anIdempotentProducerKeepsTheOrder() {
    String topic = Clients.createTopic(admin, "js-idempotent", 1);
    assertEquals(
        IntStream.range(0, 20).mapToObj(b -> "0\t" + 10 * b).toList(),
        run("idempotent", topic, 20));
    assertEquals(
        IntStream.range(0, 200).mapToObj(i -> "v" + i).toList(),
        Topics.values(bootstrap, "read_uncommitted", topic, 0));
  }

  @Test
  void committedTransactionsAreSeenWithTheirOffsetsAndAbortedOnesAreNot() {
    String topic = Clients.createTopic(admin, "js-transactions", 2);
    String source = Clients.createTopic(admin, "js-source", 1);
    String group = Clients.unique("js-transactions");
    run("transactions", topic, source, group, Clients.unique("js"));
    for (int partition = 0; partition < 2; partition++) {
      assertEquals(
          List.of("t1", "t3", "t5"), Topics.values(bootstrap, "read_committed", topic, partition));
      assertEquals(
          List.of("t0", "t1", "t2", "t3", "t4", "t5"),
          Topics.values(bootstrap, "read_uncommitted", topic, partition));
    }
    assertEquals(Map.of(0, "15"), Topics.committed(admin, group, source));
  }

  @Test
  void itsAdminClientSeesTopicsConfigsAndGroupsFromCreationToDeletion() {
    String topic = Clients.unique("js-admin");
    String group = Clients.unique("js-admin");
    String committed = Clients.createTopic(admin, "js-committed", 1);
    get(
        admin
            .alterConsumerGroupOffsets(
                group, Map.of(new TopicPartition(committed, 0), new OffsetAndMetadata(7)))
            .all());
    assertEquals(
        List.of(
            "create\ttrue",
            "create\tfalse",
            "partitions\t0,1,2",
            "cluster\t1\ttrue\t22",
            "config\tmax.message.bytes\t54321\tfalse",
            "config\tretention.ms\t604800000\ttrue",
            "offsets\t4\t10",
            "committed\t7",
            "groups\ttrue",
            "group\tEmpty",
            "deleted group\t0",
            "delete\tUNKNOWN_TOPIC_OR_PARTITION",
            "listed\tfalse"),
        run("admin", topic, group, committed));
  }
}

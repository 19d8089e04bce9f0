package dev.naru.proving.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.SharedNode;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** kafka-python: pure Python, and as old in its protocol as what is still in use. */
@Tag("once")
class KafkaPythonIT {
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
    return Scripts.python("kafka_python.py", all);
  }

  @Test
  void aGroupGoesOnWhereItsLastMemberCommitted() {
    String topic = Topics.filled(admin, bootstrap, "python-resume", 2, 100);
    String group = Clients.unique("python-resume");
    List<Consumed> consumed = Consumed.parse(run("resume", topic, group, 60, 100));
    Consumed.assertEachOnce(consumed, 2, 100);
    assertEquals(Map.of("first", 60L, "second", 40L), Consumed.counts(consumed));
    Map<Integer, String> committed = Topics.committed(admin, group, topic);
    assertTrue(
        committed.values().stream().allMatch(o -> o.startsWith("50 by ")), committed::toString);
  }

  @Test
  void twoMembersShareWhileRecordsComeInAndNoneIsLostOrDoubled() {
    String topic = Clients.createTopic(admin, "python-rebalance", 4);
    List<Consumed> consumed =
        Consumed.parse(run("rebalance", topic, Clients.unique("python-rebalance"), 240));
    Consumed.assertEachOnce(consumed, 4, 240);
    assertEquals(2, Consumed.counts(consumed).size());
  }

  @Test
  void aTimestampFindsItsOffset() {
    long firstMs = System.currentTimeMillis() - 3_600_000;
    String topic = Topics.filled(admin, bootstrap, "python-offsets", 1, 100, firstMs);
    assertEquals(
        List.of(
            "found\t42\t" + (firstMs + 42_000), "range\t0\t100", "later\tNone", "next\t42\tv42"),
        run("offsets", topic, firstMs + 41_001));
  }

  @Test
  void itsAdminClientSeesTopicsConfigsAndGroupsFromCreationToDeletion() {
    String topic = Clients.unique("python-admin");
    assertEquals(
        List.of(
            "refused\tTopicAlreadyExists",
            "listed\tTrue",
            "partitions\t0\t[0, 1, 2]",
            "config\tmax.message.bytes\t54321",
            "config\tretention.ms\t604800000",
            "groups\tTrue",
            "group\t0\tStable\tconsumer\t['kafka-python-member']",
            "offset\t4\tnote",
            "deleted group\tNoError",
            "refused\tUnknownTopicOrPartition",
            "listed\tFalse"),
        run("admin", topic, topic));
  }
}

package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.kill.FinalReads;
import dev.naru.proving.load.CommitWatch;
import dev.naru.proving.load.IdempotentLoad;
import dev.naru.proving.load.Load;
import dev.naru.proving.load.MemberLoad;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A group whose members come, leave and die, while its coordinator does, too. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class GroupFaultsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = 12;
  private static final int MEMBERS = 50;

  /** At the same time: each is a whole client in this process. */
  private static final int ALIVE_MAX = 12;

  private static final int KILL_EVERY = 15;
  private static final int PAUSE_MS = 500;

  /** So that those who die are missed soon. */
  private static final int SESSION_MS = 6_000;

  @RegisterExtension
  static final OnCluster CLUSTER =
      OnCluster.of(NODES)
          .with("group.consumer.min.session.timeout.ms", "6000")
          .with("group.consumer.session.timeout.ms", "6000")
          .with("group.consumer.min.heartbeat.interval.ms", "500")
          .with("group.consumer.heartbeat.interval.ms", "500");

  private final History history = new History();
  private final String bootstrap = CLUSTER.cluster().bootstrap();

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  @Tag("fault-15")
  void membersComeLeaveAndDie(String protocol) throws Exception {
    Fault fault = new Fault(15, 5);
    String topic = CLUSTER.view().createTopic("churned", PARTITIONS);
    String group = Clients.unique("churn");
    Load writer =
        new IdempotentLoad("writer", bootstrap, history, topic, PARTITIONS, fault.perSecond());
    Load watch = new CommitWatch("commits", bootstrap, history, group);
    List<MemberLoad> all = new ArrayList<>();
    Deque<MemberLoad> alive = new ArrayDeque<>();
    int kills = 0;
    try {
      writer.start();
      watch.start();
      for (int i = 0; i < MEMBERS || fault.lasts(); i++) {
        MemberLoad member =
            new MemberLoad(
                "member-" + i, bootstrap, history, group, settings(protocol), List.of(topic));
        all.add(member);
        alive.add(member);
        member.start();
        if (alive.size() > ALIVE_MAX || fault.random().nextInt(4) == 0) {
          end(alive.remove(), fault.random().nextBoolean());
        }
        if (i % KILL_EVERY == KILL_EVERY - 1) {
          CLUSTER.view().coordinator(group).kill();
          kills++;
          CLUSTER.heal();
        }
        TimeUnit.MILLISECONDS.sleep(fault.random().nextInt(PAUSE_MS));
      }
      writer.close();
      long last = all.stream().mapToLong(Load::done).sum();
      assertTrue(last > 0);
    } finally {
      writer.close();
      alive.forEach(Load::stop);
      all.forEach(Load::close);
      watch.close();
    }
    all.forEach(member -> assertEquals(List.of(), member.errors()));
    assertEquals(List.of(), watch.errors());
    FinalReads.of(history, bootstrap, Map.of(topic, PARTITIONS));
    Verdict verdict = Checker.check(history);
    assertTrue(verdict.passed(), verdict::toString);
    fault.held(
        "%s group: %d members came and left or died, %d kills of the coordinator, %d records seen,"
            + " committed offsets read %d times; %s",
        protocol,
        all.size(),
        kills,
        all.stream().mapToLong(Load::done).sum(),
        watch.done(),
        verdict);
  }

  private static void end(MemberLoad member, boolean dies) {
    if (dies) {
      member.die();
    } else {
      member.stop();
    }
  }

  private static Map<String, Object> settings(String protocol) {
    return protocol.equals("classic")
        ? Map.of(
            "group.protocol",
            protocol,
            "session.timeout.ms",
            SESSION_MS,
            "heartbeat.interval.ms",
            500)
        : Map.of("group.protocol", protocol);
  }
}

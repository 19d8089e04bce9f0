package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Acknowledged;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.cluster.ClusterView;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.ClusterNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A disk that is slow, and clocks that are wrong. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class DiskAndClockFaultsIT {
  private static final int NODES = 3;
  private static final int PROGRESS = 5;
  private static final Duration SLOW = Duration.ofMillis(200);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration PHASE =
      Duration.ofSeconds(Integer.getInteger("fault.phase.seconds", 30));

  @RegisterExtension
  @Order(1)
  static final Shim SHIM = new Shim();

  @RegisterExtension
  @Order(2)
  static final OnCluster CLUSTER = OnCluster.of(NODES).at(SHIM::site);

  private final ClusterView view = CLUSTER.view();
  private final String bootstrap = CLUSTER.cluster().bootstrap();

  @AfterEach
  void mend() {
    for (int id = 1; id <= NODES; id++) {
      SHIM.delayForces(id, Duration.ZERO);
      SHIM.moveClock(id, Duration.ZERO);
    }
  }

  private CheckedLoad start(Fault fault) {
    CheckedLoad load = new CheckedLoad(bootstrap, fault.load(OnCluster.PARTITIONS), fault.random());
    load.start();
    load.awaitProgress(PROGRESS);
    return load;
  }

  private static long phase() {
    long fromNs = System.nanoTime();
    Clients.await(
        "a time", PHASE.multipliedBy(2), () -> System.nanoTime() - fromNs >= PHASE.toNanos());
    return System.nanoTime();
  }

  @Test
  @Tag("fault-10")
  void oneDiskIsSlow() {
    Fault fault = new Fault(10, 0);
    List<String> slow = new ArrayList<>();
    try (CheckedLoad load = start(fault)) {
      long fromNs = System.nanoTime();
      long healthyNs = phase();
      List<long[]> phases = new ArrayList<>();
      for (int id = 1; id <= NODES; id++) {
        SHIM.delayForces(id, SLOW);
        long slowNs = System.nanoTime();
        phases.add(new long[] {slowNs, phase()});
        SHIM.delayForces(id, Duration.ZERO);
        load.awaitProgress(PROGRESS);
      }
      Verdict verdict = load.judge();
      Acknowledged healthy = load.acknowledged(fromNs, healthyNs);
      for (long[] each : phases) {
        slow.add(load.acknowledged(each[0], each[1]).toString());
      }
      fault.held(
          "all disks well: %s; forces of one node take %d ms longer, node after node: %s; %s",
          healthy, SLOW.toMillis(), slow, verdict);
    }
  }

  /** An open transaction, a group and the records live by time that passes, not by the clock. */
  @Test
  @Tag("fault-11")
  void clocksJump() {
    Fault fault = new Fault(11, 2);
    String topic = view.createTopic("open", 1);
    int jumps = 0;
    try (CheckedLoad load = start(fault);
        Producer<String, String> producer =
            Clients.producer(bootstrap, "transactional.id", Clients.unique("open"))) {
      producer.initTransactions();
      do {
        for (Duration ahead : List.of(HOUR, HOUR.negated(), Duration.ZERO)) {
          producer.beginTransaction();
          Clients.get(producer.send(new ProducerRecord<>(topic, 0, null, "open:" + jumps)));
          int one = 1 + fault.random().nextInt(NODES);
          SHIM.moveClock(one, ahead);
          load.awaitProgress(PROGRESS);
          for (ClusterNode node : CLUSTER.cluster().nodes()) {
            SHIM.moveClock(node.id(), ahead);
          }
          load.awaitProgress(PROGRESS);
          producer.commitTransaction();
          jumps++;
        }
      } while (fault.lasts());
      load.awaitProgress(PROGRESS);
      Verdict verdict = load.judge();
      int committed =
          Clients.readAll(bootstrap, "read_committed", new TopicPartition(topic, 0)).size();
      assertEquals(jumps, committed);
      fault.held(
          "%d jumps by an hour or two, of one node and then of all; transactions that were open"
              + " during each were committed; %d failures of clients; %s",
          jumps, load.failures(), verdict);
    }
  }
}

package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.kill.FinalReads;
import dev.naru.proving.load.FollowLoad;
import dev.naru.proving.load.Load;
import dev.naru.proving.load.TransactionalLoad;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.NodeSite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Requests that arrive late: a record that comes into its producer's next transaction, the end of a
 * transaction that comes when another one is open (KIP-890).
 */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class DelayFaultsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = 6;
  private static final int PRODUCERS = 4;
  private static final int ONE_IN = 40;
  private static final int PAUSE_MS = 20;
  private static final Duration HELD = Duration.ofSeconds(3);
  private static final Set<ApiKeys> HELD_BACK =
      Set.of(ApiKeys.PRODUCE, ApiKeys.END_TXN, ApiKeys.ADD_PARTITIONS_TO_TXN);

  /** A client that gives up before its request has arrived, and asks anew. */
  private static final Map<String, Object> IMPATIENT =
      Map.of("request.timeout.ms", 1_000, "delivery.timeout.ms", 20_000);

  private static final List<KafkaProxy> PROXIES = new ArrayList<>();

  @RegisterExtension
  static final OnCluster CLUSTER = OnCluster.of(NODES).at(DelayFaultsIT::behindAProxy);

  private final History history = new History();

  private static NodeSite behindAProxy(int id) {
    int port = FreePort.next();
    try {
      PROXIES.add(new KafkaProxy(port, () -> CLUSTER.cluster().node(id).port(), id));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return NodeSite.LOOPBACK.with("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
  }

  @AfterAll
  static void endProxies() throws IOException {
    for (KafkaProxy proxy : PROXIES) {
      proxy.close();
    }
  }

  @Test
  @Tag("fault-13")
  void requestsArriveLate() throws Exception {
    Fault fault = new Fault(13, 5);
    String topic = CLUSTER.view().createTopic("late", PARTITIONS);
    String bootstrap = CLUSTER.cluster().bootstrap();
    List<Load> writers = new ArrayList<>();
    for (int i = 1; i <= PRODUCERS; i++) {
      String id = Clients.unique("late-" + i);
      writers.add(
          new TransactionalLoad(
                  id, bootstrap, history, topic, PARTITIONS, fault.random().nextLong(), PAUSE_MS)
              .with(IMPATIENT));
    }
    List<TopicPartition> partitions =
        IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)).toList();
    Load follower = new FollowLoad("follower", bootstrap, history, partitions);
    try {
      writers.forEach(Load::start);
      follower.start();
      PROXIES.forEach(proxy -> proxy.hold(HELD_BACK, ONE_IN, HELD));
      do {
        TimeUnit.SECONDS.sleep(1);
      } while (fault.lasts());
      PROXIES.forEach(proxy -> proxy.hold(Set.of(), 1, Duration.ZERO));
    } finally {
      writers.forEach(Load::stop);
      writers.forEach(Load::close);
      follower.close();
    }
    writers.forEach(load -> assertEquals(List.of(), load.errors()));
    long held = PROXIES.stream().mapToLong(KafkaProxy::heldBack).sum();
    long late = PROXIES.stream().mapToLong(KafkaProxy::late).sum();
    assertTrue(late > 0, "no request came too late");
    FinalReads.of(history, bootstrap, Map.of(topic, PARTITIONS));
    Verdict verdict = Checker.check(history);
    assertTrue(verdict.passed(), verdict::toString);
    fault.held(
        "%d requests held back for %d s, %d of them arrived after their client had given up;"
            + " %d transactions done, %d not; %s",
        held,
        HELD.toSeconds(),
        late,
        writers.stream().mapToLong(Load::done).sum(),
        writers.stream().mapToLong(Load::failures).sum(),
        verdict);
  }
}

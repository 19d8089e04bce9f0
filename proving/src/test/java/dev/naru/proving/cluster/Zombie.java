package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * An owner that stands still while others take over what it owned, and is asked when it wakes: what
 * it acknowledges must be there, and what it refuses must not. A record waits at its door while it
 * stands still, so the first thing that it does is to decide on that.
 */
public final class Zombie {
  private static final int ANSWER_MS = 60_000;
  private static final int NEXT_OWNER_MS = 1_000;

  private final OnCluster on;
  private final ClusterNode owner;
  private final int partition;
  private final Uuid topic;
  private final List<String> acknowledged = new ArrayList<>();
  private final Map<String, Errors> refused = new LinkedHashMap<>();
  private long wokenNs;
  private double notLeaderSeconds;

  private Zombie(OnCluster on, ClusterNode owner) {
    this.on = on;
    this.owner = owner;
    TopicDescription probe = on.view().describe(on.probe());
    topic = probe.topicId();
    partition =
        probe.partitions().stream()
            .filter(p -> p.leader() != null && p.leader().id() == owner.id())
            .findFirst()
            .orElseThrow(() -> new AssertionError("node " + owner.id() + " owns none of " + probe))
            .partition();
  }

  /** Stops a node that owns a share of the probe for a while, wakes it, and judges its answers. */
  public static Zombie pause(OnCluster on, ClusterNode owner, Duration pause) throws IOException {
    Zombie zombie = new Zombie(on, owner);
    zombie.run(pause);
    return zombie;
  }

  /** From its waking until it refused a record as no leader, or was told that it is one again. */
  public double notLeaderSeconds() {
    return notLeaderSeconds;
  }

  private void run(Duration pause) throws IOException {
    try (WireClient wire = new WireClient(owner.port(), ANSWER_MS)) {
      String before = Clients.unique("before");
      assertEquals(Errors.NONE, note(before, ask(wire, before)));
      String late = Clients.unique("late");
      owner.pause();
      RequestHeader pending;
      long wakeNs = System.nanoTime() + pause.toNanos();
      try {
        pending = wire.send(produce(late));
        awaitNextOwner();
        Clients.await(
            "the end of the pause",
            ClusterView.HEAL_DEADLINE,
            () -> System.nanoTime() - wakeNs >= 0);
      } finally {
        wokenNs = System.nanoTime();
        owner.resume();
      }
      note(late, answer(wire.receive(pending, ProduceResponse.class)));
    }
    awaitNotLeader();
    judge();
  }

  /** Others own what the sleeper owned as soon as one of them acknowledges a record. */
  private void awaitNextOwner() {
    ClusterNode other = on.cluster().node(owner.id() % on.cluster().nodes().size() + 1);
    String next = Clients.unique("next");
    // Its first try may go to the sleeper, whose silence it must not take for an answer for long.
    try (Producer<String, String> producer =
        Clients.producer(other.bootstrap(), "request.timeout.ms", NEXT_OWNER_MS)) {
      Future<?> sent = producer.send(new ProducerRecord<>(on.probe(), partition, null, next));
      Clients.await("the next owner", ClusterView.HEAL_DEADLINE, sent::isDone);
      Clients.get(sent);
    }
    acknowledged.add(next);
  }

  /** What the sleeper says when it is asked anew, unless it has got its share back by then. */
  private void awaitNotLeader() throws IOException {
    try (WireClient wire = new WireClient(owner.port(), ANSWER_MS)) {
      Clients.await(
          "NOT_LEADER_OR_FOLLOWER, or the partition back at its owner",
          () -> {
            String value = Clients.unique("woken");
            Errors said = note(value, ask(wire, value));
            return said == Errors.NOT_LEADER_OR_FOLLOWER || said == Errors.NONE;
          });
    }
    notLeaderSeconds = (System.nanoTime() - wokenNs) / 1e9;
  }

  private Errors ask(WireClient wire, String value) throws IOException {
    return answer(wire.call(produce(value), ProduceResponse.class));
  }

  private Errors note(String value, Errors said) {
    if (said == Errors.NONE) {
      acknowledged.add(value);
    } else {
      refused.put(value, said);
    }
    return said;
  }

  private void judge() {
    TopicPartition asked = new TopicPartition(on.probe(), partition);
    List<String> there =
        Clients.readAll(on.cluster().bootstrap(), "read_committed", asked).stream()
            .map(ConsumerRecord::value)
            .toList();
    acknowledged.forEach(value -> assertEquals(1, count(there, value), value));
    refused.forEach(
        (value, said) ->
            assertEquals(0, count(there, value), () -> value + " was refused with " + said));
  }

  private static long count(List<String> values, String value) {
    return values.stream().filter(value::equals).count();
  }

  private ProduceRequest produce(String value) {
    MemoryRecords records =
        MemoryRecords.withRecords(
            Compression.NONE,
            new SimpleRecord(System.currentTimeMillis(), value.getBytes(StandardCharsets.UTF_8)));
    ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000);
    data.topicData()
        .add(
            new ProduceRequestData.TopicProduceData()
                .setTopicId(topic)
                .setPartitionData(
                    List.of(
                        new ProduceRequestData.PartitionProduceData()
                            .setIndex(partition)
                            .setRecords(records))));
    return new ProduceRequest(data, ApiKeys.PRODUCE.latestVersion());
  }

  private static Errors answer(ProduceResponse response) {
    return Errors.forCode(
        response.data().responses().iterator().next().partitionResponses().get(0).errorCode());
  }
}

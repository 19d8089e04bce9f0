package dev.naru.proving.sim;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/**
 * An idempotent producer of one partition that never gives up, as Kafka's Java client is: five
 * batches are under way at most; what failed is sent again with the same sequence, the first one
 * alone; new batches wait meanwhile.
 */
final class SimProducer {
  private static final int UNDER_WAY_MAX = 5;
  private static final int TIMEOUT_MS = 5_000;

  /** A log that nobody writes does not notice that it was taken. */
  private static final double LONG_REST = 0.02;

  private static final int LONG_REST_US_MAX = 6_000_000;

  /** What passes, as far as a client can tell. */
  private static final Set<Errors> PASSING =
      Set.of(
          Errors.NOT_LEADER_OR_FOLLOWER,
          Errors.UNKNOWN_TOPIC_OR_PARTITION,
          Errors.UNKNOWN_TOPIC_ID,
          Errors.KAFKA_STORAGE_ERROR,
          Errors.REQUEST_TIMED_OUT,
          Errors.NOT_ENOUGH_REPLICAS,
          Errors.LEADER_NOT_AVAILABLE);

  private static final class Batch {
    final int sequence;
    final List<String> values = new ArrayList<>();
    final List<History.Send> sends = new ArrayList<>();
    boolean underWay;
    boolean tried;

    Batch(int sequence) {
      this.sequence = sequence;
    }
  }

  private final SimClient client;
  private final Oracle oracle;
  private final int partition;
  private final long producerId;
  private final List<Batch> batches = new ArrayList<>();
  private int nextSequence;
  private boolean refreshing;
  private boolean resting;
  private boolean ended;

  SimProducer(SimClient client, Oracle oracle, int partition, long producerId) {
    this.client = client;
    this.oracle = oracle;
    this.partition = partition;
    this.producerId = producerId;
  }

  void start() {
    refresh();
  }

  /** Begins nothing new. */
  void end() {
    ended = true;
  }

  boolean isDone() {
    return ended && batches.isEmpty();
  }

  @Override
  public String toString() {
    return client.proc + " for " + client.name(partition) + " with " + batches.size() + " batches";
  }

  private void refresh() {
    if (!refreshing) {
      refreshing = true;
      client.refresh(
          () -> {
            refreshing = false;
            work();
          });
    }
  }

  private void work() {
    if (client.topicId() == null || client.leader(partition) == null) {
      refresh();
      return;
    }
    if (refreshing) {
      return;
    }
    Batch first = batches.isEmpty() ? null : batches.get(0);
    if (batches.stream().anyMatch(each -> each.tried && !each.underWay)) {
      if (first != null && !first.underWay) {
        send(first);
      }
      return;
    }
    if (!ended && !resting && batches.size() < UNDER_WAY_MAX) {
      Batch next = newBatch();
      batches.add(next);
      send(next);
      resting = true;
      long restUs =
          client.world().chance(LONG_REST)
              ? client.world().random.nextInt(LONG_REST_US_MAX)
              : client.world().latencyUs(20_000);
      client
          .world()
          .after(
              restUs,
              client.proc,
              "has more",
              () -> {
                resting = false;
                work();
              });
    }
  }

  private Batch newBatch() {
    Batch batch = new Batch(nextSequence);
    int count = 1 + client.world().random.nextInt(3);
    for (int i = 0; i < count; i++) {
      String value = "p" + producerId + ":" + (nextSequence + i);
      batch.values.add(value);
      batch.sends.add(
          oracle.history.send(
              value,
              "p" + producerId,
              new PartitionId(client.topic, partition),
              client.world().nowUs() * 1000));
    }
    nextSequence += count;
    return batch;
  }

  private void send(Batch batch) {
    batch.underWay = true;
    batch.tried = true;
    SimpleRecord[] records =
        batch.values.stream()
            .map(
                value ->
                    new SimpleRecord(
                        client.proc.nowMs(), null, value.getBytes(StandardCharsets.UTF_8)))
            .toArray(SimpleRecord[]::new);
    MemoryRecords bytes =
        MemoryRecords.withIdempotentRecords(
            Compression.NONE, producerId, (short) 0, batch.sequence, records);
    ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(TIMEOUT_MS);
    data.topicData()
        .add(
            new TopicProduceData()
                .setTopicId(client.topicId())
                .setPartitionData(
                    List.of(new PartitionProduceData().setIndex(partition).setRecords(bytes))));
    client
        .send(
            client.leader(partition).node(),
            new ProduceRequest(data, ApiKeys.PRODUCE.latestVersion()))
        .whenComplete((response, problem) -> answered(batch, response));
  }

  private void answered(Batch batch, AbstractResponse response) {
    if (client.world().isOver()) {
      return;
    }
    batch.underWay = false;
    if (response == null) {
      refresh();
      return;
    }
    PartitionProduceResponse answer =
        ((ProduceResponse) response)
            .data()
            .responses()
            .iterator()
            .next()
            .partitionResponses()
            .get(0);
    Errors error = Errors.forCode(answer.errorCode());
    if (error == Errors.NONE || error == Errors.DUPLICATE_SEQUENCE_NUMBER) {
      acknowledged(batch, error == Errors.NONE ? answer.baseOffset() : -1);
      work();
      return;
    }
    boolean early = batches.get(0) != batch;
    client.world().note(client.proc + " is told " + error + " for sequence " + batch.sequence);
    boolean outOfOrder =
        error == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER || error == Errors.UNKNOWN_PRODUCER_ID;
    if (!PASSING.contains(error) && !(outOfOrder && early)) {
      client
          .world()
          .fail(
              new Oracle.Violation(
                  client.proc
                      + " was told for good "
                      + error
                      + " ("
                      + answer.errorMessage()
                      + ") for sequence "
                      + batch.sequence
                      + " of "
                      + client.name(partition)));
      return;
    }
    refresh();
  }

  private void acknowledged(Batch batch, long offset) {
    batches.remove(batch);
    for (int i = 0; i < batch.sends.size(); i++) {
      long at = offset < 0 ? History.NO_OFFSET : offset + i;
      batch.sends.get(i).ok(at, client.world().nowUs() * 1000);
      if (offset >= 0) {
        try {
          oracle.stands(
              new PartitionId(client.topic, partition),
              at,
              batch.values.get(i),
              client.proc.toString());
        } catch (Oracle.Violation e) {
          client.world().fail(e);
        }
      }
    }
  }
}

package dev.naru.proving.sim;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/** Reads one partition from its beginning on, up to the high watermark of whoever leads it. */
final class SimConsumer {
  private static final int WAIT_MS = 500;
  private static final int BYTES_MAX = 4_000;

  private static final Set<Errors> PASSING =
      Set.of(
          Errors.NOT_LEADER_OR_FOLLOWER,
          Errors.FENCED_LEADER_EPOCH,
          Errors.UNKNOWN_LEADER_EPOCH,
          Errors.UNKNOWN_TOPIC_OR_PARTITION,
          Errors.UNKNOWN_TOPIC_ID,
          Errors.KAFKA_STORAGE_ERROR,
          Errors.REQUEST_TIMED_OUT,
          Errors.OFFSET_NOT_AVAILABLE,
          Errors.LEADER_NOT_AVAILABLE);

  private final SimClient client;
  private final Oracle oracle;
  private final int partition;
  private final History.Stint stint;
  private final List<History.Entry> entries = new ArrayList<>();
  private long position;

  /** The high watermark of the last answer that brought nothing. */
  private long endSeen = -1;

  private boolean ended;
  private boolean idle;

  SimConsumer(SimClient client, Oracle oracle, int partition) {
    this.client = client;
    this.oracle = oracle;
    this.partition = partition;
    this.stint =
        oracle.history.assigned(client.proc.toString(), new PartitionId(client.topic, partition));
  }

  void start() {
    client.refresh(this::work);
  }

  void end() {
    ended = true;
  }

  int partition() {
    return partition;
  }

  long position() {
    return position;
  }

  long endSeen() {
    return endSeen;
  }

  List<History.Entry> entries() {
    return entries;
  }

  @Override
  public String toString() {
    return client.proc + " of " + client.name(partition) + " at " + position;
  }

  /** Whether it has ended, and asks for nothing any more. */
  boolean isIdle() {
    return idle;
  }

  private void work() {
    if (ended) {
      idle = true;
      return;
    }
    SimClient.Leader leader = client.leader(partition);
    if (leader == null || client.topicId() == null) {
      client.refresh(this::work);
      return;
    }
    FetchPartition wanted =
        new FetchPartition()
            .setPartition(partition)
            .setCurrentLeaderEpoch(leader.epoch())
            .setFetchOffset(position)
            .setPartitionMaxBytes(BYTES_MAX);
    FetchRequestData data =
        new FetchRequestData()
            .setMaxWaitMs(WAIT_MS)
            .setMinBytes(1)
            .setMaxBytes(BYTES_MAX)
            .setSessionId(0)
            .setSessionEpoch(-1)
            .setTopics(
                List.of(
                    new FetchTopic().setTopicId(client.topicId()).setPartitions(List.of(wanted))));
    client
        .send(leader.node(), new FetchRequest(data, ApiKeys.FETCH.latestVersion()))
        .whenComplete((response, problem) -> answered(response));
  }

  private void answered(AbstractResponse response) {
    if (client.world().isOver()) {
      return;
    }
    if (response == null) {
      client.refresh(this::work);
      return;
    }
    var data = ((FetchResponse) response).data();
    Errors whole = Errors.forCode(data.errorCode());
    Errors error =
        whole != Errors.NONE || data.responses().isEmpty()
            ? whole
            : Errors.forCode(data.responses().get(0).partitions().get(0).errorCode());
    if (error != Errors.NONE) {
      client.world().note(client.proc + " is told " + error + " at offset " + position);
      if (!PASSING.contains(error)) {
        client
            .world()
            .fail(
                new Oracle.Violation(
                    client.proc
                        + " was told for good "
                        + error
                        + " at offset "
                        + position
                        + " of "
                        + client.name(partition)));
        return;
      }
      client.refresh(this::work);
      return;
    }
    try {
      take(data.responses().get(0).partitions().get(0));
    } catch (Oracle.Violation e) {
      client.world().fail(e);
      return;
    }
    work();
  }

  private void take(PartitionData data) {
    boolean any = false;
    for (Record record : ((MemoryRecords) data.records()).records()) {
      if (record.offset() < position) {
        continue;
      }
      any = true;
      byte[] bytes = new byte[record.valueSize()];
      record.value().get(bytes);
      String value = new String(bytes, StandardCharsets.UTF_8);
      oracle.stands(
          new PartitionId(client.topic, partition), record.offset(), value, client.proc.toString());
      if (record.offset() >= data.highWatermark()) {
        throw new Oracle.Violation(client.proc + " got a record above the high watermark");
      }
      stint.saw(record.offset(), value);
      entries.add(new History.Entry(record.offset(), value));
      position = record.offset() + 1;
    }
    endSeen = any ? -1 : data.highWatermark();
  }
}

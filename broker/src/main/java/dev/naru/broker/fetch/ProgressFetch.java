package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * One long poll of another node for all partitions of this one that its consumers wait for. The
 * fetch offset of a partition is the high watermark that the node knows, the log start offset the
 * last stable offset that it knows. The answer names those where one of them is beyond that by now,
 * or that are not served here any more; it comes when there is one, or time is up. Runs on the
 * connection's event loop; only {@link #wake} and {@link #end} are called from elsewhere.
 */
final class ProgressFetch {
  private static final int WAIT_MS_MAX = 30_000;

  private record Known(Uuid topicId, int index, long highWatermark, long lastStableOffset) {}

  private final NodeFetchHandler handler;
  private final Request request;
  private final List<Known> known = new ArrayList<>();
  private final List<Partition> watched = new ArrayList<>();
  private final int waitMs;
  private final Runnable waker = this::wake;
  private final AtomicBoolean wakeQueued = new AtomicBoolean();
  private Timers.Handle deadline;
  private boolean finished;

  ProgressFetch(NodeFetchHandler handler, Request request, FetchRequestData data) {
    this.handler = handler;
    this.request = request;
    this.waitMs = Math.max(0, Math.min(WAIT_MS_MAX, data.maxWaitMs()));
    for (FetchTopic topic : data.topics()) {
      for (FetchPartition each : topic.partitions()) {
        known.add(
            new Known(
                topic.topicId(), each.partition(), each.fetchOffset(), each.logStartOffset()));
      }
    }
  }

  void begin() {
    for (Known each : known) {
      Partition partition = handler.find(each.topicId, each.index);
      watched.add(partition);
      if (partition != null) {
        handler.waiters().add(partition, waker);
      }
    }
    deadline = handler.timers().schedule(waitMs, this::end);
    look(false);
  }

  private void wake() {
    if (wakeQueued.compareAndSet(false, true)) {
      request.executor().execute(() -> look(false));
    }
  }

  /** Answers now, whatever there is. Any thread. */
  void end() {
    request.executor().execute(() -> look(true));
  }

  private void look(boolean last) {
    wakeQueued.set(false);
    if (finished) {
      return;
    }
    List<FetchableTopicResponse> moved = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      PartitionData news = news(known.get(i), watched.get(i));
      if (news != null) {
        moved.add(
            new FetchableTopicResponse()
                .setTopicId(known.get(i).topicId)
                .setPartitions(List.of(news)));
      }
    }
    if (last || !moved.isEmpty()) {
      finish(new FetchResponseData().setResponses(moved));
    }
  }

  /** Null when nothing is new. */
  private PartitionData news(Known each, Partition before) {
    Partition partition = handler.find(each.topicId, each.index);
    if (partition == null || !partition.equals(before) || partition.log().failure().isPresent()) {
      return PartitionFetch.error(each.index, Errors.NOT_LEADER_OR_FOLLOWER);
    }
    PartitionLog log = partition.log();
    long highWatermark = log.highWatermark();
    long lastStableOffset = log.lastStableOffset();
    boolean known =
        highWatermark <= each.highWatermark && lastStableOffset <= each.lastStableOffset;
    return known
        ? null
        : PartitionFetch.empty(each.index)
            .setHighWatermark(highWatermark)
            .setLastStableOffset(lastStableOffset)
            .setRecords(MemoryRecords.EMPTY);
  }

  private void finish(FetchResponseData answer) {
    finished = true;
    deadline.cancel();
    for (Partition partition : watched) {
      if (partition != null) {
        handler.waiters().remove(partition, waker);
      }
    }
    handler.ended(request, this);
    request.respond(answer);
  }
}

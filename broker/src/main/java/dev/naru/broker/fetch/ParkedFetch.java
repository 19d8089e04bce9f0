package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.api.Request;
import dev.naru.broker.net.SliceRecords;
import dev.naru.broker.partition.Partition;
import dev.naru.log.ReadLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch request until its answer: reads, and while there is too little and time is left, waits
 * for one of its partitions to move, then reads again. Runs on the connection's event loop; only
 * {@link #wake} is called from elsewhere.
 */
final class ParkedFetch {
  private static final Logger log = LoggerFactory.getLogger(ParkedFetch.class);

  private final FetchHandler handler;
  private final Request request;
  private final FetchRequestData data;
  private final FetchSessions.Resolved resolved;
  private final ReadLimit limit;

  /** By plan, what it was when the request parked; null where there was none. Empty until then. */
  private final List<Partition> watched = new ArrayList<>();

  private final Runnable waker = this::wake;
  private final AtomicBoolean wakeQueued = new AtomicBoolean();

  /** Null when all of it is this node's. */
  private final NearFetch near;

  private Timers.Handle deadline;
  private boolean timeIsUp;
  private boolean reading;
  private boolean movedWhileReading;
  private boolean finished;

  ParkedFetch(
      FetchHandler handler,
      Request request,
      FetchRequestData data,
      FetchSessions.Resolved resolved) {
    this.handler = handler;
    this.request = request;
    this.data = data;
    this.resolved = resolved;
    this.limit =
        data.isolationLevel() == 1 ? ReadLimit.LAST_STABLE_OFFSET : ReadLimit.HIGH_WATERMARK;
    this.near = NearFetch.of(handler.near(), handler.partitions(), data, resolved.plans());
  }

  void begin() {
    timeIsUp = data.maxWaitMs() <= 0 || resolved.plans().isEmpty();
    read();
  }

  private void read() {
    reading = true;
    movedWhileReading = false;
    List<PartitionData> found = new ArrayList<>(resolved.plans().size());
    int maxBytes = Math.min(data.maxBytes(), handler.maxBytes());
    if (near == null) {
      readNext(0, maxBytes, found);
    } else {
      unlessItFails(
          near.locate(maxBytes)
              .thenRunAsync(() -> readLocated(maxBytes, found), request.executor()));
    }
  }

  /** Bytes of which there are too few are not brought from bookies just to wait for more. */
  private void readLocated(int maxBytes, List<PartitionData> found) {
    if (!timeIsUp && near.isTooLittle(resolved.plans().size(), data.minBytes())) {
      reading = false;
      park();
    } else {
      readNext(0, maxBytes, found);
    }
  }

  /** Reads plan after plan; stays on this thread as long as reads complete at once. */
  private void readNext(int first, int bytesLeft, List<PartitionData> found) {
    int left = bytesLeft;
    for (int i = first; i < resolved.plans().size(); i++) {
      boolean nothingYet = left == Math.min(data.maxBytes(), handler.maxBytes());
      CompletableFuture<PartitionData> one = readOne(i, left, nothingYet);
      if (!one.isDone()) {
        int index = i;
        int leftNow = left;
        unlessItFails(
            one.thenAcceptAsync(
                result -> {
                  found.add(result);
                  readNext(index + 1, leftNow - result.records().sizeInBytes(), found);
                },
                request.executor()));
        return;
      }
      PartitionData result = one.join();
      found.add(result);
      left -= result.records().sizeInBytes();
    }
    readDone(found);
  }

  private CompletableFuture<PartitionData> readOne(int index, int left, boolean nothingYet) {
    FetchPlan plan = resolved.plans().get(index);
    Partition partition = handler.find(plan);
    boolean elsewhere = near != null && near.has(index);
    if (elsewhere && partition == null) {
      return near.read(index, left, nothingYet);
    }
    Errors error = Errors.NONE;
    if (elsewhere) {
      // It came here meanwhile.
      error = Errors.NOT_LEADER_OR_FOLLOWER;
    } else if (partition == null) {
      error = handler.partitions().absence(handler.topicName(plan), plan.partition);
    } else if (!watched.isEmpty() && !partition.equals(watched.get(index))) {
      // It left and came back meanwhile, and nobody would wake this request.
      error = Errors.NOT_LEADER_OR_FOLLOWER;
    }
    if (error != Errors.NONE) {
      return CompletableFuture.completedFuture(PartitionFetch.error(plan.partition, error));
    }
    PartitionData nearer = handler.elsewhere(request, data, partition, plan);
    if (nearer != null) {
      return CompletableFuture.completedFuture(nearer);
    }
    int maxBytes = Math.max(0, Math.min(plan.maxBytes, left));
    return PartitionFetch.read(handler.partitions(), partition, plan, maxBytes, nothingYet, limit);
  }

  private void readDone(List<PartitionData> found) {
    reading = false;
    long bytes = 0;
    boolean answerNow = timeIsUp;
    for (PartitionData result : found) {
      bytes += result.records().sizeInBytes();
      answerNow |=
          result.errorCode() != 0
              || result.divergingEpoch().epoch() >= 0
              || result.preferredReadReplica() >= 0;
    }
    if (answerNow || bytes >= data.minBytes()) {
      finish(found);
      return;
    }
    close(found);
    park();
  }

  private void park() {
    if (deadline == null) {
      watch();
      deadline =
          handler
              .timers()
              .schedule(data.maxWaitMs(), () -> request.executor().execute(this::onDeadline));
      // Something may have moved between the read and the watch.
      movedWhileReading |= watched.stream().anyMatch(Objects::nonNull);
    }
    if (near != null) {
      near.watch(waker);
    }
    if (movedWhileReading) {
      read();
    }
  }

  private void watch() {
    for (FetchPlan plan : resolved.plans()) {
      Partition partition = handler.find(plan);
      watched.add(partition);
      if (partition != null) {
        handler.waiters().add(partition, waker);
      }
    }
  }

  private void wake() {
    if (wakeQueued.compareAndSet(false, true)) {
      request.executor().execute(this::onWake);
    }
  }

  private void onWake() {
    wakeQueued.set(false);
    if (finished) {
      return;
    }
    if (reading) {
      movedWhileReading = true;
    } else {
      try {
        read();
      } catch (RuntimeException e) {
        fail(e);
      }
    }
  }

  private void onDeadline() {
    timeIsUp = true;
    onWake();
  }

  private void unlessItFails(CompletableFuture<Void> later) {
    later.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            // What failed may have run on a thread of the log's.
            request.executor().execute(() -> fail(failure));
          }
        });
  }

  /**
   * What goes on later runs where nobody would see its failure, which can only be a defect: a
   * client that is told of it is better off than one that waits for ever.
   */
  private void fail(Throwable failure) {
    log.error("{} failed", request.context().header, failure);
    if (!finished) {
      end();
      request.fail(failure);
    }
  }

  private void finish(List<PartitionData> found) {
    FetchResponseData answer = answer(found);
    end();
    request.respond(answer);
  }

  private void end() {
    finished = true;
    if (deadline != null) {
      deadline.cancel();
    }
    for (Partition partition : watched) {
      if (partition != null) {
        handler.waiters().remove(partition, waker);
      }
    }
    if (near != null) {
      near.unwatch(waker);
    }
  }

  private FetchResponseData answer(List<PartitionData> found) {
    List<FetchableTopicResponse> topics = new ArrayList<>();
    FetchResponseData answer =
        new FetchResponseData().setSessionId(resolved.sessionId()).setResponses(topics);
    CurrentLeaders leaders = new CurrentLeaders(handler.partitions(), request, answer);
    for (int i = 0; i < found.size(); i++) {
      FetchPlan plan = resolved.plans().get(i);
      PartitionData result = found.get(i);
      boolean news = plan.isNews(result);
      leaders.tell(handler.topicName(plan), result);
      if (resolved.incremental() && !news) {
        continue;
      }
      last(topics, plan).partitions().add(result);
      if (resolved.session() != null && result.records().sizeInBytes() > 0) {
        resolved.session().rotate(plan);
      }
    }
    return answer;
  }

  private static FetchableTopicResponse last(List<FetchableTopicResponse> topics, FetchPlan plan) {
    if (!topics.isEmpty()) {
      FetchableTopicResponse last = topics.get(topics.size() - 1);
      if (last.topic().equals(plan.topic) && last.topicId().equals(plan.topicId)) {
        return last;
      }
    }
    FetchableTopicResponse next =
        new FetchableTopicResponse()
            .setTopic(plan.topic)
            .setTopicId(plan.topicId)
            .setPartitions(new ArrayList<>());
    topics.add(next);
    return next;
  }

  private static void close(List<PartitionData> found) {
    for (PartitionData result : found) {
      if (result.records() instanceof SliceRecords records) {
        records.slice().close();
      }
    }
  }
}

package dev.naru.broker.group;

import dev.naru.broker.Timers;
import dev.naru.log.LogSlice;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a partition of {@code __consumer_offsets} into the coordinator, from the log's start to
 * its end, on one thread of its own that lives only while there is something to load.
 */
final class LogLoader implements CoordinatorLoader<CoordinatorRecord> {
  private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

  /** How often the coordinator may drop its snapshots while it loads, as in Kafka. */
  private static final long COMMIT_INTERVAL_OFFSETS = 16_384;

  /** A partition is elected a while before its log is open, when it comes from another node. */
  private static final long FIRST_LOOKUP_INTERVAL_MS = 20;

  private static final int MAX_LOOKUP_DOUBLINGS = 4;

  private final Function<TopicPartition, OffsetsLog> logs;
  private final Elections elections;
  private final Timers timers;
  private final Deserializer<CoordinatorRecord> deserializer;
  private final int bufferBytes;
  private final ThreadPoolExecutor executor;
  private volatile boolean closed;

  LogLoader(
      Function<TopicPartition, OffsetsLog> logs,
      Elections elections,
      Timers timers,
      Deserializer<CoordinatorRecord> deserializer,
      int bufferBytes) {
    this.logs = logs;
    this.elections = elections;
    this.timers = timers;
    this.deserializer = deserializer;
    this.bufferBytes = bufferBytes;
    this.executor =
        new ThreadPoolExecutor(
            1,
            1,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "naru-group-loader");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public CompletableFuture<LoadSummary> load(
      TopicPartition tp, CoordinatorPlayback<CoordinatorRecord> playback) {
    CompletableFuture<LoadSummary> done = new CompletableFuture<>();
    int epoch = elections.loading(tp.partition());
    schedule(new Load(tp, epoch, playback, done, timers.nowMs()), 0);
    return done;
  }

  private void schedule(Load load, int lookups) {
    try {
      executor.execute(() -> load(load, lookups));
    } catch (RejectedExecutionException e) {
      failed(load, e);
    }
  }

  private void load(Load load, int lookups) {
    try {
      load.requireWanted();
      OffsetsLog log = logs.apply(load.tp);
      if (log == null || log.leaderEpoch() != elections.leaderEpoch(load.tp.partition())) {
        timers.schedule(
            FIRST_LOOKUP_INTERVAL_MS << Math.min(lookups, MAX_LOOKUP_DOUBLINGS),
            () -> schedule(load, lookups + 1));
        return;
      }
      LoadSummary summary = load.replay(log);
      end(
          load,
          () ->
              elections.loaded(
                  load.tp.partition(), load.epoch, log, () -> load.done.complete(summary)));
    } catch (CompletionException e) {
      failed(load, e.getCause() == null ? e : e.getCause());
    } catch (RuntimeException | Error e) {
      failed(load, e);
    }
  }

  private void failed(Load load, Throwable cause) {
    if (closed) {
      // The coordinator lets go of all partitions anyway.
      LOG.debug("Stopped loading {}", load.tp, cause);
    } else if (!elections.isCurrent(load.tp.partition(), load.epoch)) {
      // The runtime has let go of what it loaded into, and would take this end for the next one's.
      LOG.debug("{} left while it was loaded", load.tp, cause);
    } else {
      LOG.error("Cannot load {}", load.tp, cause);
      end(
          load,
          () ->
              elections.loadFailed(
                  load.tp.partition(), load.epoch, () -> load.done.completeExceptionally(cause)));
    }
  }

  /**
   * Ends a load when the runtime waits for its end, which it does a moment after it began it. Then,
   * and under the elections' lock, what it makes of the end comes before whatever becomes of the
   * partition next.
   */
  private void end(Load load, Runnable end) {
    if (load.done.getNumberOfDependents() > 0) {
      end.run();
    } else if (!closed) {
      Thread.onSpinWait();
      try {
        executor.execute(() -> end(load, end));
      } catch (RejectedExecutionException e) {
        LOG.debug("Stopped loading {}", load.tp, e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    executor.shutdown();
  }

  /** One partition being loaded. */
  private final class Load {
    private final TopicPartition tp;
    private final int epoch;
    private final CoordinatorPlayback<CoordinatorRecord> playback;
    private final CompletableFuture<LoadSummary> done;
    private final long askedMs;
    private long startOffset;
    private long nextOffset;
    private long committedOffset = -1;
    private long records;
    private long bytes;

    Load(
        TopicPartition tp,
        int epoch,
        CoordinatorPlayback<CoordinatorRecord> playback,
        CompletableFuture<LoadSummary> done,
        long askedMs) {
      this.tp = tp;
      this.epoch = epoch;
      this.playback = playback;
      this.done = done;
      this.askedMs = askedMs;
    }

    void requireWanted() {
      if (closed) {
        throw new NotLeaderOrFollowerException("The group coordinator is closing.");
      }
      if (!elections.isCurrent(tp.partition(), epoch)) {
        throw new NotLeaderOrFollowerException(tp + " is not coordinated here any more.");
      }
    }

    LoadSummary replay(OffsetsLog log) {
      long beginMs = timers.nowMs();
      log.failure()
          .ifPresent(
              cause -> {
                throw new NotLeaderOrFollowerException("The log of " + tp + " is offline.", cause);
              });
      long cutTo = elections.cutTo(tp.partition(), log);
      if (log.endOffset() > cutTo) {
        LOG.warn("Cutting {} to {}: an append failed half-way there", tp, cutTo);
        log.truncateTo(cutTo);
      }
      startOffset = log.startOffset();
      nextOffset = startOffset;
      boolean more = true;
      while (more && nextOffset < log.endOffset()) {
        requireWanted();
        try (LogSlice slice = log.read(nextOffset, bufferBytes).toCompletableFuture().join()) {
          // Compaction may have taken everything between here and the log end.
          more = slice.sizeInBytes() > 0;
          bytes += slice.sizeInBytes();
          for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
            replay(log, batch);
          }
        }
      }
      return new LoadSummary(askedMs, timers.nowMs(), beginMs - askedMs, records, bytes);
    }

    private void replay(OffsetsLog log, MutableRecordBatch batch) {
      for (Record record : batch) {
        if (record.offset() < startOffset) {
          continue;
        }
        records++;
        if (batch.isControlBatch()) {
          replayMarker(batch, record);
        } else {
          replayRecord(batch, record);
        }
      }
      nextOffset = batch.nextOffset();
      long highWatermark = log.highWatermark();
      if (nextOffset >= highWatermark) {
        playback.updateLastWrittenOffset(nextOffset);
        if (highWatermark > committedOffset) {
          playback.updateLastCommittedOffset(highWatermark);
          committedOffset = highWatermark;
        }
      } else if (nextOffset - committedOffset >= COMMIT_INTERVAL_OFFSETS) {
        playback.updateLastWrittenOffset(nextOffset);
        playback.updateLastCommittedOffset(nextOffset);
        committedOffset = nextOffset;
      }
    }

    private void replayMarker(MutableRecordBatch batch, Record record) {
      ControlRecordType type = ControlRecordType.parse(record.key());
      if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
        playback.replayEndTransactionMarker(
            batch.producerId(),
            batch.producerEpoch(),
            type == ControlRecordType.COMMIT ? TransactionResult.COMMIT : TransactionResult.ABORT);
      }
    }

    private void replayRecord(MutableRecordBatch batch, Record record) {
      CoordinatorRecord coordinatorRecord;
      try {
        coordinatorRecord = deserializer.deserialize(record.key(), record.value());
      } catch (Deserializer.UnknownRecordTypeException e) {
        LOG.warn(
            "Ignoring the record at offset {} of {}: its type {} is unknown to this version",
            record.offset(),
            tp,
            e.unknownType());
        return;
      } catch (RuntimeException e) {
        throw new IllegalStateException(
            "The record at offset " + record.offset() + " of " + tp + " cannot be read", e);
      }
      if (coordinatorRecord == null) {
        return;
      }
      try {
        playback.replay(
            record.offset(), batch.producerId(), batch.producerEpoch(), coordinatorRecord);
      } catch (RuntimeException e) {
        throw new IllegalStateException(
            "The record at offset " + record.offset() + " of " + tp + " cannot be replayed", e);
      }
    }
  }
}

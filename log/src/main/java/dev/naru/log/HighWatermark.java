package dev.naru.log;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * The end of what is durable in a log, and what moves it: the rounds of group commit, or with
 * {@link Durability#OS} the appends themselves.
 *
 * <p>What stays true: {@code forced <= end}; with {@link Durability#FSYNC} the high watermark is
 * never beyond {@code forced}; the last stable offset is never beyond the high watermark; all three
 * are on batch boundaries. A force counts for what was appended before it began, and for nothing if
 * the log's end was cut meanwhile.
 *
 * <p>Methods hold the log's lock unless they say otherwise; getters need none.
 */
final class HighWatermark implements GroupCommit.Committer {
  private static final int RECENT_MARKS = 16;
  private static final Mark[] NONE = {};

  private final SegmentedLog log;
  private final LogStatus status;
  private final GroupCommit commits;
  private final GroupCommit.Ticket ticket = new GroupCommit.Ticket(this);

  /**
   * The last high watermarks, where consumers at the tail go on reading. Read without a lock: marks
   * are immutable, and an old one only costs a search. Empty until the first of them.
   */
  private volatile Mark[] recent = NONE;

  private int recentNext;
  private volatile Mark highWatermark;
  private volatile Mark forced;
  private volatile long lastStableOffset;

  /** Counts cuts of the end: a force that began before one says nothing of what came after. */
  private int cuts;

  private long unflushed;
  private long unflushedSinceMs = -1;

  /** With {@link Durability#OS}: up to here a force is due before anything is acknowledged. */
  private long flushDue = -1;

  /** Everything that the log begins with is durable. */
  HighWatermark(SegmentedLog log, LogStatus status, GroupCommit commits) {
    this.log = log;
    this.status = status;
    this.commits = commits;
    this.forced = log.end();
    this.highWatermark = log.end();
    log.producers().onHighWatermark(offset());
    refreshLastStable();
  }

  long offset() {
    return highWatermark.offset();
  }

  Mark mark() {
    return highWatermark;
  }

  long lastStableOffset() {
    return lastStableOffset;
  }

  /** Up to here everything is surely on disk. */
  long forcedOffset() {
    return forced.offset();
  }

  /** Position of an offset that was the high watermark not long ago; -1 when unknown. */
  int recentPosition(LogSegment segment, long offset) {
    for (Mark mark : recent) {
      if (mark != null && mark.offset() == offset && mark.segment() == segment) {
        return mark.position();
      }
    }
    return -1;
  }

  /** Decides what an append makes durable now; returns whom to tell. */
  List<DurableCallback> onAppend(long records, long nowMs) {
    LogConfig config = log.config();
    if (config.durability() == Durability.FSYNC) {
      requestForce();
      return List.of();
    }
    unflushed += records;
    if (unflushedSinceMs < 0) {
      unflushedSinceMs = nowMs;
    }
    if (unflushed >= config.flushMessages()) {
      flushDue = log.end().offset();
      unflushed = 0;
      requestForce();
    }
    return flushDue > forcedOffset() ? List.of() : advance(log.end());
  }

  /** {@code durability} became {@code os}: what waited for a force need not wait. */
  List<DurableCallback> onRelaxed() {
    return status.serves() && flushDue <= forcedOffset() ? advance(log.end()) : List.of();
  }

  /** {@code flush.ms}. Takes the lock. */
  void flushIfDue(long nowMs) {
    LogConfig config = log.config();
    if (config.durability() == Durability.OS && config.flushMs() != Long.MAX_VALUE) {
      synchronized (log) {
        if (unflushedSinceMs >= 0 && nowMs - unflushedSinceMs >= config.flushMs()) {
          unflushed = 0;
          requestForce();
        }
      }
    }
  }

  /** Asks group commit for a round. */
  void requestForce() {
    commits.submit(ticket);
  }

  /** Everything was forced. */
  List<DurableCallback> onAllForced() {
    forced = log.end();
    return advance(forced);
  }

  private List<DurableCallback> advance(Mark to) {
    if (to.offset() <= offset()) {
      return List.of();
    }
    log.producers().onHighWatermark(to.offset());
    if (recent == NONE) {
      recent = new Mark[RECENT_MARKS];
    }
    recent[recentNext++ % RECENT_MARKS] = to;
    highWatermark = to;
    refreshLastStable();
    return status.waiters().takeUpTo(to.offset());
  }

  /** The log's end was cut. */
  void onCut() {
    cuts++;
    log.producers().onHighWatermark(offset());
    refreshLastStable();
  }

  /** Open transactions changed, or the log's start moved. */
  void refreshLastStable() {
    long unstable = log.producers().firstUnstableOffset();
    lastStableOffset = Math.max(log.startOffset(), Math.min(offset(), unstable));
  }

  /** One round of group commit. Takes the lock. */
  @Override
  public CompletionStage<Void> commit() {
    Mark upTo;
    int cutsBefore;
    synchronized (log) {
      if (!status.serves()) {
        return CompletableFuture.completedStage(null);
      }
      upTo = log.end();
      cutsBefore = cuts;
      unflushedSinceMs = -1;
    }
    return log.home
        .force()
        .handle(
            (nothing, problem) -> {
              committed(upTo, cutsBefore, problem);
              return null;
            });
  }

  /** What {@link #commit} would do now, with the journal instead. Takes the lock. */
  @Override
  public GroupCommit.Share share() {
    synchronized (log) {
      Journal.Part part =
          status.serves() && log.home instanceof FileHome files ? files.tail() : null;
      if (part == null) {
        return null;
      }
      Mark upTo = log.end();
      int cutsBefore = cuts;
      unflushedSinceMs = -1;
      return new GroupCommit.Share(part, () -> committed(upTo, cutsBefore, null));
    }
  }

  private void committed(Mark upTo, int cutsBefore, Throwable problem) {
    if (problem != null) {
      status.fail(problem instanceof CompletionException ? problem.getCause() : problem);
      return;
    }
    List<DurableCallback> done;
    boolean moved;
    synchronized (log) {
      if (status.failure() != null) {
        return;
      }
      if (cuts != cutsBefore) {
        requestForce();
        return;
      }
      if (upTo.offset() > forcedOffset()) {
        forced = upTo;
      }
      long before = offset();
      boolean all = log.config().durability() == Durability.OS && flushDue <= forcedOffset();
      done = advance(all ? log.end() : upTo);
      moved = before != offset();
    }
    status.complete(done, null);
    if (moved) {
      status.tellProgress();
    }
  }

  /** See {@link PartitionLog#whenDurable}. Takes the lock when it must. */
  void whenDurable(long endOffset, DurableCallback callback) {
    Throwable problem = null;
    if (offset() < endOffset) {
      synchronized (log) {
        if (!status.serves()) {
          problem = status.offlineException();
        } else if (offset() < endOffset) {
          status.waiters().add(endOffset, callback);
          return;
        }
      }
    }
    callback.complete(problem);
  }
}

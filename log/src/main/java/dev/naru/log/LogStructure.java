package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What changes a log's list of segments, or where the log starts and ends, other than appending:
 * deletion of records, retention, cuts, compaction.
 *
 * <p>Such changes exclude each other by this object's monitor, which is taken before the log's
 * lock, never after it. They do I/O under it; appends and reads go on meanwhile, since the log's
 * lock is held only where the end of the log or the list itself changes.
 */
final class LogStructure {
  private static final Logger LOG = LoggerFactory.getLogger(LogStructure.class);

  /** Something that must not meet another change of the list of segments. */
  interface Change {
    void run() throws IOException;
  }

  private final SegmentedLog log;
  private final HighWatermark highWatermark;
  private final LogStatus status;
  private final LogReader reader;
  private final TailNotes notes;
  private long endAtRest = -1;

  LogStructure(SegmentedLog log, HighWatermark highWatermark, LogStatus status, LogReader reader) {
    this.log = log;
    this.highWatermark = highWatermark;
    this.status = status;
    this.reader = reader;
    this.notes = new TailNotes(log);
  }

  /** See {@link PartitionLog#deleteRecords}. */
  synchronized long deleteRecords(long beforeOffset) {
    status.requireServing();
    long durable = highWatermark.offset();
    long to = beforeOffset == -1 ? durable : beforeOffset;
    if (to < 0 || to > durable) {
      throw new OffsetOutOfRangeException(
          "Records before offset " + to + " cannot be deleted: the high watermark is " + durable);
    }
    if (to > log.startOffset()) {
      try {
        log.home.saveNote(LogRecovery.LOG_START, ByteBuffer.allocate(8).putLong(0, to), true);
      } catch (IOException e) {
        throw new KafkaStorageException(
            "Deleting records of " + log.id + " failed: " + e.getMessage(), e);
      }
      moveStart(to);
    }
    return log.startOffset();
  }

  private void moveStart(long to) {
    synchronized (log) {
      log.moveStart(to);
      highWatermark.refreshLastStable();
    }
  }

  /** See {@link PartitionLog#truncateTo}. */
  void truncateTo(long offset) {
    List<DurableCallback> lost = List.of();
    try {
      synchronized (this) {
        synchronized (log) {
          status.requireServing();
          if (offset < highWatermark.offset()) {
            throw new IllegalArgumentException(
                log.id
                    + " cannot be cut at "
                    + offset
                    + ": what is before the high watermark "
                    + highWatermark.offset()
                    + " is durable");
          }
          if (offset < log.end().offset()) {
            cut(offset);
            lost = status.waiters().takeBeyond(log.end().offset());
          }
        }
      }
    } finally {
      status.tellIfFailed();
    }
    status.complete(lost, new KafkaStorageException("The records were cut off " + log.id));
  }

  private void cut(long offset) {
    LogSegment[] segments = log.segments();
    int keep = segments.length - 1;
    while (keep > 0 && segments[keep].baseOffset >= offset) {
      keep--;
    }
    try {
      notes.forget();
      log.cut(keep, reader.position(segments[keep], offset, segments[keep].size()));
      highWatermark.onCut();
    } catch (IOException e) {
      status.markFailed(e);
      throw new KafkaStorageException("Cutting " + log.id + " failed: " + e.getMessage(), e);
    }
  }

  /** See {@link PartitionLog#maintain(long)}. */
  void maintain(long nowMs, boolean retain) {
    try {
      exclusively(
          () -> {
            rest(nowMs);
            if (retain) {
              retain(nowMs);
            }
          });
    } catch (IOException e) {
      LOG.warn("{}: maintenance failed; it is tried again", log.id, e);
    }
  }

  private void retain(long nowMs) throws IOException {
    Retention retention =
        new Retention(log.config(), log.startOffset(), highWatermark.offset(), nowMs);
    int doomed = retention.doomed(log.segments());
    if (doomed > 0) {
      dropFirst(doomed);
    }
  }

  private void rest(long nowMs) throws IOException {
    notes.save(highWatermark.forcedOffset());
    synchronized (log) {
      if (log.isOverdue(nowMs)) {
        roll();
      }
      long end = log.end().offset();
      if (end > highWatermark.forcedOffset() && end == endAtRest) {
        // Nobody waits for this one; it lets an idle log close its file and recover fast.
        highWatermark.requestForce();
      }
      notes.take(end == endAtRest);
      endAtRest = end;
      log.rest();
    }
    notes.save(highWatermark.forcedOffset());
    highWatermark.flushIfDue(nowMs);
  }

  /** With the log's lock, so that nobody appends to what cannot be sealed. */
  private void roll() throws IOException {
    try {
      log.roll();
    } catch (SegmentBrokenException e) {
      status.markFailed(e);
      throw e;
    }
  }

  private void dropFirst(int wanted) throws IOException {
    int doomed = wanted;
    if (doomed == log.segments().length) {
      synchronized (log) {
        // Something may have been appended since; the base of a new segment keeps the log's end.
        if (log.end().offset() != highWatermark.offset()) {
          doomed--;
        } else {
          roll();
        }
      }
      if (doomed == 0) {
        return;
      }
    }
    List<LogSegment> gone = Arrays.asList(log.segments()).subList(0, doomed);
    moveStart(log.segments()[doomed].baseOffset);
    log.home.replace(SegmentedLog.homes(gone), List.of(), log.config().fileDeleteDelayMs());
    publish(gone, List.of());
    LOG.info("{}: removed {} segments; it starts at {} now", log.id, doomed, log.startOffset());
  }

  private void publish(List<LogSegment> removed, List<LogSegment> added) {
    synchronized (log) {
      log.publish(removed, added);
    }
  }

  /**
   * Compaction: puts new segments where consecutive sealed ones stand. Only within {@link
   * #exclusively}.
   */
  void replaceSegments(List<LogSegment> removed, List<LogSegment> added) throws IOException {
    try {
      log.home.replace(
          SegmentedLog.homes(removed), SegmentedLog.homes(added), log.config().fileDeleteDelayMs());
      for (LogSegment segment : added) {
        segment.saveSummary(log.home);
      }
    } catch (IOException e) {
      status.markFailed(e);
      throw e;
    }
    publish(removed, added);
  }

  /** Runs a change, unless the log does not serve any more. */
  void exclusively(Change change) throws IOException {
    try {
      synchronized (this) {
        if (status.serves()) {
          change.run();
        }
      }
    } finally {
      status.tellIfFailed();
    }
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes down what is known of a log's last segment when so much was appended since the last time
 * that reading it again would take long. Guarded by the monitor of {@link LogStructure}.
 *
 * <p>A note is taken with the log's lock, at the log's end, and saved once that end is forced: the
 * round after, as a rule. With {@link Durability#OS} nothing is forced for its sake.
 */
final class TailNotes {
  /** So much may have to be read again, at least, before it is worth a note. */
  private static final int STEP_BYTES = 16 << 20;

  /** The same for a log at rest. */
  private static final int STEP_AT_REST_BYTES = 1 << 20;

  private final SegmentedLog log;
  private ByteBuffer pending;
  private long pendingEnd;
  private LogSegment noted;
  private int notedSize;

  TailNotes(SegmentedLog log) {
    this.log = log;
  }

  /** Takes a note when it is due. With the log's lock. */
  void take(boolean atRest) throws IOException {
    LogSegment active = log.active();
    if (active == null || pending != null) {
      return;
    }
    int known = active == noted ? notedSize : 0;
    if (active.size() - known >= step(active.size(), atRest)) {
      pendingEnd = log.end().offset();
      pending =
          TailNote.encode(active.meta(), log.detail(active), log.producers().snapshot(pendingEnd));
      noted = active;
      notedSize = active.size();
    }
  }

  /** The index grows with the segment, so steps do too: writing notes stays cheap. */
  private int step(int size, boolean atRest) {
    int segmentBytes = log.config().segmentBytes();
    return atRest
        ? Math.min(STEP_AT_REST_BYTES, segmentBytes / 64)
        : Math.max(Math.min(STEP_BYTES, segmentBytes / 16), size / 16);
  }

  /** Saves what was noted once it is durable; forgets it when its segment was sealed. */
  void save(long forcedOffset) throws IOException {
    if (pending != null && noted != log.active()) {
      pending = null;
    }
    if (pending != null && pendingEnd <= forcedOffset) {
      log.home.saveNote(TailNote.NAME, pending, false);
      pending = null;
    }
  }

  /** The log's end was cut: what was noted may never have been. */
  void forget() throws IOException {
    pending = null;
    noted = null;
    log.home.deleteNote(TailNote.NAME);
  }
}

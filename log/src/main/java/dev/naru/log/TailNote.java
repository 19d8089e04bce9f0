package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.CorruptRecordException;

/**
 * What is known of the last segment up to some offset, with the producers as they were there: kept
 * beside the segments now and then, so that recovery need not read again what was known to be
 * forced. A hint, and a stale one as soon as the log is written; it holds for the part before it.
 */
final class TailNote {
  static final String NAME = "tail";

  private TailNote() {}

  static ByteBuffer encode(SegmentMeta meta, SegmentDetail detail, ByteBuffer producers) {
    ByteBuffer known = detail.encode(meta);
    ByteBuffer note = ByteBuffer.allocate(4 + producers.remaining() + known.remaining());
    return note.putInt(producers.remaining()).put(producers.duplicate()).put(known).flip();
  }

  /** The last segment as far as it is known, and the producers there. */
  record Known(LogSegment segment, ProducerStates producers) {}

  /**
   * Null when there is no note, or it tells of another segment, or of more than was forced.
   *
   * @param forcedOffset what was forced for sure
   */
  static Known load(SegmentHome home, HomeSegment last, long forcedOffset, long expirationMs)
      throws IOException {
    ByteBuffer note = home.loadNote(NAME);
    if (note == null) {
      return null;
    }
    byte[] producers = new byte[note.getInt()];
    note.get(producers);
    SegmentMeta meta = SegmentMeta.decode(note);
    if (meta.baseOffset() != last.baseOffset()
        || meta.size() > last.size()
        || meta.endOffset() > forcedOffset) {
      return null;
    }
    try {
      LogSegment segment = new LogSegment(last, meta, SegmentDetail.decode(note));
      return new Known(segment, ProducerStates.load(ByteBuffer.wrap(producers), expirationMs));
    } catch (CorruptRecordException e) {
      // Written by another version; the segment itself tells everything.
      return null;
    }
  }
}

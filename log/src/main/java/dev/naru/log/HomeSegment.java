package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of one segment in a {@link SegmentHome}; they only grow until the segment is sealed.
 */
public interface HomeSegment {
  /** Offset of the first record that may stand here; names the segment within its home. */
  long baseOffset();

  /** Bytes that have their place; readable at once. */
  int size();

  /**
   * Appends all that remains in the buffer; ordered when it returns. Only the log's writer calls
   * this.
   *
   * @throws SegmentBrokenException the end of the segment is unknown now; the log must go offline
   * @throws IOException nothing was appended (disk full); may be tried again
   */
  void append(ByteBuffer bytes) throws IOException;

  /** Reads up to the end of the segment; blocks. Returns the bytes read, 0 at the end. */
  int read(ByteBuffer into, int position) throws IOException;

  /**
   * Whether a read of this part, or the sending of its slice, is likely not to wait for a device.
   * Looks at memory only.
   */
  boolean isWarm(int position, int length);

  /**
   * Where a part of the segment is, for {@link LocatedReads} of another node: in the home's own
   * terms, which nobody else understands. Reads nothing. The bytes are durable.
   *
   * @throws UnsupportedOperationException no other node could read them
   */
  default ByteBuffer locate(int position, int length) {
    throw new UnsupportedOperationException("What is in files is here, and nowhere else");
  }

  /** Makes this part warm; blocks. */
  void warm(int position, int length) throws IOException;

  /** A part of the segment, to be sent; the bytes stay readable until the slice is closed. */
  LogSlice slice(int position, int length) throws IOException;

  /**
   * Ends the segment: nothing is appended afterwards. May be repeated.
   *
   * @param force what is in it must be durable before anything that follows is: where a force of
   *     what follows does not see to that (files), it is durable when this returns; where it does
   *     (ledgers), this waits for nobody. Without it, what is in the segment is durable with the
   *     next {@link SegmentHome#force}
   */
  void seal(boolean force) throws IOException;

  /** Cuts the segment's end, durably. Its size afterwards is {@code size}. Blocks. */
  void truncate(int size) throws IOException;
}

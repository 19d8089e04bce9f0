package dev.naru.log.bookkeeper;

import dev.naru.log.bookkeeper.EntryIndex.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive bytes of a segment in one of its ledgers, for a node that does not know the segment.
 * Positions count the ledger's bytes of the segment, from 0 on.
 *
 * @param position of the first byte
 * @param low a place that is not after the first byte
 * @param top where the entry begins that would follow those that are surely there, all the bytes
 *     among them; null when the ledger itself tells, since it is closed
 */
record PlacedPart(long ledgerId, int position, int length, Place low, Place top) {
  private static final byte FORMAT = 1;
  private static final int ENCODED_BYTES = 40;
  private static final long UNKNOWN = -1;

  int end() {
    return position + length;
  }

  static ByteBuffer encode(List<PlacedPart> parts) {
    ByteBuffer bytes = ByteBuffer.allocate(1 + ENCODED_BYTES * parts.size());
    bytes.put(FORMAT);
    for (PlacedPart part : parts) {
      bytes.putLong(part.ledgerId).putInt(part.position).putInt(part.length);
      bytes.putInt(part.low.position()).putLong(part.low.entry());
      bytes.putInt(part.top == null ? 0 : part.top.position());
      bytes.putLong(part.top == null ? UNKNOWN : part.top.entry());
    }
    return bytes.flip();
  }

  /**
   * @throws IOException it was written by another version, or is no such thing
   */
  static List<PlacedPart> decode(ByteBuffer encoded) throws IOException {
    ByteBuffer bytes = encoded.duplicate();
    if (!bytes.hasRemaining() || bytes.get() != FORMAT || bytes.remaining() % ENCODED_BYTES != 0) {
      throw new IOException("The owner of the records says in an unknown form where they are");
    }
    List<PlacedPart> parts = new ArrayList<>();
    while (bytes.hasRemaining()) {
      PlacedPart part = decodeOne(bytes);
      if (!part.isSane()) {
        throw new IOException("The owner of the records names a place that cannot be: " + part);
      }
      parts.add(part);
    }
    return parts;
  }

  private static PlacedPart decodeOne(ByteBuffer bytes) {
    long ledgerId = bytes.getLong();
    int position = bytes.getInt();
    int length = bytes.getInt();
    Place low = new Place(bytes.getInt(), bytes.getLong());
    Place top = new Place(bytes.getInt(), bytes.getLong());
    return new PlacedPart(ledgerId, position, length, low, top.entry() == UNKNOWN ? null : top);
  }

  private boolean isSane() {
    return position >= 0
        && length > 0
        && position <= Integer.MAX_VALUE - length
        && low.position() >= 0
        && low.position() <= position
        && low.entry() >= 0
        && (top == null || (top.entry() > low.entry() && top.position() >= end()));
  }
}

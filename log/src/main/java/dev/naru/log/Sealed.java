package dev.naru.log;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.apache.kafka.common.errors.CorruptRecordException;

/**
 * Small state files: a version, a checksum over the rest, the content. Damage is told from content.
 */
final class Sealed {
  private static final int HEADER_BYTES = 2 + 4;

  private Sealed() {}

  /** A buffer with room for the header, positioned where the content begins. */
  static ByteBuffer begin(int maxContentBytes) {
    return ByteBuffer.allocate(HEADER_BYTES + maxContentBytes).position(HEADER_BYTES);
  }

  /** Writes the header and flips the buffer. */
  static ByteBuffer seal(ByteBuffer buffer, short version) {
    buffer.flip();
    buffer.putShort(0, version);
    buffer.putInt(2, checksum(buffer.duplicate().position(HEADER_BYTES)));
    return buffer;
  }

  /**
   * Checks the header and decodes the content, all of it.
   *
   * @param what names the content in the error
   * @throws CorruptRecordException the bytes are damaged, cut, or of an unknown version
   */
  static <T> T open(ByteBuffer sealed, short version, String what, Function<ByteBuffer, T> decode) {
    ByteBuffer bytes = sealed.duplicate();
    if (bytes.remaining() < HEADER_BYTES) {
      throw new CorruptRecordException(
          what + " is cut: " + bytes.remaining() + " bytes are too few for its header.");
    }
    short found = bytes.getShort();
    if (found != version) {
      throw new CorruptRecordException(
          what + " has version " + found + ", but this software reads version " + version + ".");
    }
    int expected = bytes.getInt();
    int actual = checksum(bytes.duplicate());
    if (expected != actual) {
      throw new CorruptRecordException(
          what + " is damaged: its checksum is " + actual + " instead of " + expected + ".");
    }
    T content;
    try {
      content = decode.apply(bytes);
    } catch (BufferUnderflowException e) {
      throw new CorruptRecordException(what + " ends in the middle of an entry.", e);
    }
    if (bytes.hasRemaining()) {
      throw new CorruptRecordException(
          what + " has " + bytes.remaining() + " bytes after its last entry.");
    }
    return content;
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}

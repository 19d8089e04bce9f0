package dev.naru.log;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Consecutive bytes of a log, ready to be sent without a copy through the heap: either a region of
 * a file or a buffer. Its holder closes it exactly once, from any thread; until then the bytes stay
 * readable, even when the segment is deleted meanwhile.
 */
public interface LogSlice extends AutoCloseable {
  /** Bytes that nobody else changes or reuses. */
  static LogSlice of(ByteBuffer bytes) {
    return new BufferSlice(bytes);
  }

  /**
   * Bytes that are lent.
   *
   * @param onClose gives them back
   */
  static LogSlice of(ByteBuffer bytes, Runnable onClose) {
    return new BufferSlice(bytes, onClose);
  }

  /** Number of bytes; 0 for an empty slice. */
  int sizeInBytes();

  /** The file, when this slice is a file region; otherwise null, and {@link #buffer()} is set. */
  FileChannel file();

  /** Position of the first byte in {@link #file()}. */
  long filePosition();

  /** The bytes, when they are in memory; otherwise null. The caller must not write to it. */
  ByteBuffer buffer();

  /** The bytes as records; copies them when they are a file region. Blocks on I/O. */
  MemoryRecords toMemoryRecords();

  @Override
  void close();
}

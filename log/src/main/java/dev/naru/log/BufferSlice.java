package dev.naru.log;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** A slice in memory. */
final class BufferSlice implements LogSlice {
  static final BufferSlice EMPTY = new BufferSlice(ByteBuffer.allocate(0).asReadOnlyBuffer());

  private final ByteBuffer bytes;
  private final Runnable onClose;

  /** Nothing to give back: the garbage collector keeps the bytes. */
  BufferSlice(ByteBuffer bytes) {
    this(bytes, () -> {});
  }

  BufferSlice(ByteBuffer bytes, Runnable onClose) {
    this.bytes = bytes;
    this.onClose = onClose;
  }

  @Override
  public int sizeInBytes() {
    return bytes.remaining();
  }

  @Override
  public FileChannel file() {
    return null;
  }

  @Override
  public long filePosition() {
    return 0;
  }

  @Override
  public ByteBuffer buffer() {
    return bytes.duplicate();
  }

  @Override
  public MemoryRecords toMemoryRecords() {
    return MemoryRecords.readableRecords(bytes.duplicate());
  }

  @Override
  public void close() {
    onClose.run();
  }
}

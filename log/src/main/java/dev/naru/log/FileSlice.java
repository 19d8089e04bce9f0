package dev.naru.log;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** A region of a segment's file; keeps the file open until it is closed. */
final class FileSlice implements LogSlice {
  private final SharedFile shared;
  private final int position;
  private final int length;
  private boolean closed;

  /** Takes over one hold of the file. */
  FileSlice(SharedFile shared, int position, int length) {
    this.shared = shared;
    this.position = position;
    this.length = length;
  }

  @Override
  public int sizeInBytes() {
    return length;
  }

  @Override
  public FileChannel file() {
    return shared.file.channel();
  }

  @Override
  public long filePosition() {
    return position;
  }

  @Override
  public ByteBuffer buffer() {
    return null;
  }

  @Override
  public MemoryRecords toMemoryRecords() {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try {
      if (shared.file.read(bytes, position) < length) {
        throw new EOFException("The file ends within a slice of " + length + " bytes");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bytes.flip();
    return MemoryRecords.readableRecords(bytes);
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    shared.release();
  }
}

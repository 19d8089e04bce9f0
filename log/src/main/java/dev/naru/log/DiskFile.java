package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** An open file. Positional, so readers and the one writer do not disturb each other. */
public interface DiskFile extends AutoCloseable {
  /** Writes all that remains in the buffer. */
  void write(ByteBuffer bytes, long position) throws IOException;

  /** Reads until the buffer is full or the file ends; returns the bytes read, 0 at the end. */
  int read(ByteBuffer into, long position) throws IOException;

  /** {@code fdatasync}: returns when the bytes written before are on disk. */
  void force() throws IOException;

  void truncate(long size) throws IOException;

  long size() throws IOException;

  /** For sendfile; null when the bytes are not in a real file. */
  FileChannel channel();

  @Override
  void close() throws IOException;
}

package dev.naru.connect.crawler.state;

import dev.naru.connect.crawler.frontier.ChunkStore;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The middle parts of long queues, in a file of 512-byte places that are used again. Like the
 * tables it is derived from the journal, and means nothing after a crash. Not thread-safe.
 */
public final class ChunkFile implements ChunkStore, Closeable {
  private final Path path;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK * Long.BYTES);
  private final Deque<Long> free = new ArrayDeque<>();
  private FileChannel file;
  private long places;

  /** Nothing is written before there is something to keep. */
  public ChunkFile(Path path) {
    this.path = path;
  }

  @Override
  public long put(long[] values) {
    long id = free.isEmpty() ? places++ : free.pop();
    buffer.clear();
    buffer.asLongBuffer().put(values, 0, CHUNK);
    try {
      for (long at = id * buffer.capacity(); buffer.hasRemaining(); ) {
        at += file().write(buffer, at);
      }
    } catch (IOException e) {
      free.push(id);
      throw new UncheckedIOException("The crawl state in " + path + " cannot be written.", e);
    }
    return id;
  }

  private FileChannel file() throws IOException {
    if (file == null) {
      file =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
    }
    return file;
  }

  @Override
  public void take(long id, long[] into) {
    buffer.clear();
    try {
      for (long at = id * buffer.capacity(); buffer.hasRemaining(); ) {
        int read = file().read(buffer, at);
        if (read < 0) {
          throw new EOFException(path + " is shorter than it was");
        }
        at += read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state in " + path + " cannot be read.", e);
    }
    buffer.flip();
    buffer.asLongBuffer().get(into, 0, CHUNK);
    free.push(id);
  }

  public long fileBytes() {
    return places * buffer.capacity();
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
      Files.deleteIfExists(path);
    }
  }
}

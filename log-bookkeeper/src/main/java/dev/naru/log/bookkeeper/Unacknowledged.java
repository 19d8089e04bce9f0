package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory of the entries that no bookies have acknowledged yet, of all logs of a node. When they do
 * not take entries as fast as those come, this is what refuses more. Any thread.
 */
public final class Unacknowledged {
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();

  /**
   * @param maxBytes memory outside of the heap; each append that is let in may exceed it by its
   *     size
   */
  public Unacknowledged(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Bytes that wait now. */
  public long bytes() {
    return bytes.get();
  }

  /**
   * @throws IOException nothing more can wait; may be tried again
   */
  void requireRoom(String log) throws IOException {
    long now = bytes.get();
    if (now >= maxBytes) {
      throw new IOException(
          "The bookies do not take the records of "
              + log
              + " now: "
              + now
              + " bytes wait for them, and no more than "
              + maxBytes
              + " may");
    }
  }

  void add(int more) {
    bytes.addAndGet(more);
  }

  void remove(int done) {
    bytes.addAndGet(-done);
  }
}

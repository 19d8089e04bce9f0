package dev.naru.connect.files;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a task knows of one file. Belongs to the task's thread, but for the count of records that
 * are on their way.
 */
final class WatchedFile {
  private final String name;
  private final AtomicLong onTheirWay = new AtomicLong();
  private Mark mark;
  private long readBytes = -1;
  private long readModifiedMs = -1;
  private boolean restRead;

  WatchedFile(String name, Mark mark) {
    this.name = name;
    this.mark = mark;
  }

  String name() {
    return name;
  }

  Mark mark() {
    return mark;
  }

  void mark(Mark now) {
    mark = now;
  }

  void sending() {
    onTheirWay.incrementAndGet();
  }

  /** The topic has one more of its records; from any thread. */
  void sent() {
    onTheirWay.decrementAndGet();
  }

  boolean isAllSent() {
    return onTheirWay.get() == 0;
  }

  /** Everything was read that was there when the file was this large and last changed then. */
  void atEnd(long bytes, long modifiedMs, boolean withRest) {
    readBytes = bytes;
    readModifiedMs = modifiedMs;
    restRead = withRest;
  }

  /** Whether the file is as it was when its end was reached. */
  boolean isRead(long bytes, long modifiedMs) {
    return readBytes == bytes && readModifiedMs == modifiedMs;
  }

  /** Whether what came after the last line's end was read too. */
  boolean isRestRead() {
    return restRead;
  }
}

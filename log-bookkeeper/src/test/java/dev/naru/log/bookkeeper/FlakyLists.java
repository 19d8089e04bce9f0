package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lists whose connection is lost at the next write. */
final class FlakyLists implements SegmentLists {
  /** What became of the write. */
  enum Fault {
    WRITTEN,
    NOT_WRITTEN
  }

  private final SegmentLists lists;
  private final Fault fault;
  private volatile boolean strikes;

  FlakyLists(SegmentLists lists, Fault fault) {
    this.lists = lists;
    this.fault = fault;
  }

  void strike() {
    strikes = true;
  }

  @Override
  public CompletionStage<Optional<Versioned>> read(String log) {
    return lists.read(log);
  }

  @Override
  public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
    if (!strikes) {
      return lists.write(log, bytes, expectedVersion);
    }
    strikes = false;
    CompletionStage<?> happened =
        fault == Fault.WRITTEN ? lists.write(log, bytes, expectedVersion) : lists.read(log);
    return happened.thenCompose(
        nothing -> CompletableFuture.failedFuture(new IOException("the connection was lost")));
  }

  @Override
  public CompletionStage<Set<String>> names() {
    return lists.names();
  }

  @Override
  public CompletionStage<Void> delete(String log) {
    return lists.delete(log);
  }
}

package dev.naru.log.bookkeeper;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lists of a node that is interrupted once before it writes. */
final class InterruptedLists implements SegmentLists {
  /** What happens meanwhile. */
  interface Meanwhile {
    void run() throws Exception;
  }

  private final SegmentLists lists;
  private Meanwhile meanwhile;

  InterruptedLists(SegmentLists lists, Meanwhile meanwhile) {
    this.lists = lists;
    this.meanwhile = meanwhile;
  }

  @Override
  public CompletionStage<Optional<Versioned>> read(String log) {
    return lists.read(log);
  }

  @Override
  public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
    Meanwhile now = meanwhile;
    meanwhile = null;
    if (now != null) {
      try {
        now.run();
      } catch (Exception e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    return lists.write(log, bytes, expectedVersion);
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

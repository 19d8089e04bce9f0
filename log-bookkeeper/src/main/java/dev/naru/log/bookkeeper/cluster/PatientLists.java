package dev.naru.log.bookkeeper.cluster;

import dev.naru.log.bookkeeper.SegmentLists;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.zookeeper.KeeperException;

/**
 * Lists whose reads outlast a lost connection to ZooKeeper. A node that takes over what another one
 * had, whose member of ZooKeeper died with it, comes before the next leader is elected. No pause is
 * needed in between: what is asked while there is no connection is answered by the next attempt to
 * connect, and those have pauses.
 */
final class PatientLists implements SegmentLists {
  private final SegmentLists lists;
  private final Duration patience;

  PatientLists(SegmentLists lists, Duration patience) {
    this.lists = lists;
    this.patience = patience;
  }

  @Override
  public CompletionStage<Optional<Versioned>> read(String log) {
    CompletableFuture<Optional<Versioned>> done = new CompletableFuture<>();
    read(log, System.nanoTime() + patience.toNanos(), done);
    return done;
  }

  private void read(String log, long deadlineNs, CompletableFuture<Optional<Versioned>> done) {
    lists
        .read(log)
        .whenComplete(
            (found, error) -> {
              if (error == null) {
                done.complete(found);
              } else if (isConnectionLoss(error) && System.nanoTime() - deadlineNs < 0) {
                read(log, deadlineNs, done);
              } else {
                done.completeExceptionally(error);
              }
            });
  }

  private static boolean isConnectionLoss(Throwable error) {
    Throwable failure = error instanceof CompletionException ? error.getCause() : error;
    return failure != null && failure.getCause() instanceof KeeperException.ConnectionLossException;
  }

  @Override
  public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
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

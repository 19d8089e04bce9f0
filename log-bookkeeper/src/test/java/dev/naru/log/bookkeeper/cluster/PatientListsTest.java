package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.bookkeeper.SegmentLists;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.zookeeper.KeeperException;
import org.junit.jupiter.api.Test;

/** Reading while ZooKeeper is away for a moment. */
class PatientListsTest {
  private int failures;
  private KeeperException.Code code = KeeperException.Code.CONNECTIONLOSS;
  private int reads;
  private int writes;

  /** Fails some times, then finds nothing. */
  private final class Failing implements SegmentLists {
    @Override
    public CompletionStage<Optional<Versioned>> read(String log) {
      reads++;
      return failures-- > 0 ? failed() : CompletableFuture.completedStage(Optional.empty());
    }

    private <T> CompletionStage<T> failed() {
      KeeperException cause = KeeperException.create(code, "/a");
      return CompletableFuture.failedStage(new IOException("ZooKeeper answers", cause));
    }

    @Override
    public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
      writes++;
      return failed();
    }

    @Override
    public CompletionStage<Set<String>> names() {
      return CompletableFuture.completedStage(Set.of());
    }

    @Override
    public CompletionStage<Void> delete(String log) {
      return CompletableFuture.completedStage(null);
    }
  }

  private PatientLists lists(Duration patience) {
    return new PatientLists(new Failing(), patience);
  }

  private static Throwable failure(CompletionStage<?> stage) {
    CompletableFuture<?> future = stage.toCompletableFuture();
    assertTrue(future.isDone());
    return assertThrows(CompletionException.class, future::join).getCause();
  }

  @Test
  void aReadIsRepeatedUntilTheConnectionIsBack() {
    failures = 3;
    CompletionStage<?> read = lists(Duration.ofMinutes(1)).read("a");
    assertEquals(Optional.empty(), read.toCompletableFuture().join());
    assertEquals(4, reads);
  }

  @Test
  void patienceEnds() {
    failures = Integer.MAX_VALUE;
    assertInstanceOf(IOException.class, failure(lists(Duration.ZERO).read("a")));
    assertEquals(1, reads);
  }

  @Test
  void anythingElseIsTold() {
    failures = 1;
    code = KeeperException.Code.SESSIONEXPIRED;
    assertInstanceOf(IOException.class, failure(lists(Duration.ofMinutes(1)).read("a")));
    assertEquals(1, reads);
  }

  /** Its outcome is unknown. */
  @Test
  void aWriteIsNotRepeated() {
    CompletionStage<?> write = lists(Duration.ofMinutes(1)).write("a", ByteBuffer.allocate(1), 0);
    assertInstanceOf(IOException.class, failure(write));
    assertEquals(1, writes);
  }
}

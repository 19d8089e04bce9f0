package dev.naru.log.bookkeeper;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Lists in memory, as ZooKeeper has them. */
final class MemoryLists implements SegmentLists {
  private final Executor executor;
  private final Map<String, Versioned> values;

  MemoryLists(Executor executor) {
    this(executor, new HashMap<>());
  }

  private MemoryLists(Executor executor, Map<String, Versioned> values) {
    this.executor = executor;
    this.values = values;
  }

  /** The same lists for another node. */
  MemoryLists from(Executor another) {
    return new MemoryLists(another, values);
  }

  @Override
  public CompletionStage<Optional<Versioned>> read(String log) {
    return CompletableFuture.supplyAsync(() -> value(log), executor);
  }

  private Optional<Versioned> value(String log) {
    synchronized (values) {
      return Optional.ofNullable(values.get(log));
    }
  }

  @Override
  public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    executor.execute(
        () -> {
          int written;
          synchronized (values) {
            Versioned now = values.get(log);
            int version = now == null ? ABSENT : now.version();
            written = version == expectedVersion ? version + 1 : Integer.MIN_VALUE;
            if (written >= 0) {
              values.put(log, new Versioned(bytes.duplicate(), written));
            }
          }
          if (written >= 0) {
            done.complete(written);
          } else {
            done.completeExceptionally(new ListChangedException("not the version expected"));
          }
        });
    return done;
  }

  @Override
  public CompletionStage<Set<String>> names() {
    return CompletableFuture.supplyAsync(
        () -> {
          synchronized (values) {
            return Set.copyOf(values.keySet());
          }
        },
        executor);
  }

  @Override
  public CompletionStage<Void> delete(String log) {
    return CompletableFuture.runAsync(
        () -> {
          synchronized (values) {
            values.remove(log);
          }
        },
        executor);
  }
}

package dev.naru.log.bookkeeper;

import dev.naru.log.Waits;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for stages. */
final class Stages {
  /** Longer than BookKeeper and ZooKeeper try. */
  private static final long PATIENCE_S = 120;

  private Stages() {}

  /** Waits; what a stage failed with becomes an {@link IOException}. */
  static <T> T await(CompletionStage<T> stage, String what) throws IOException {
    try {
      return Waits.get(stage, TimeUnit.SECONDS.toMillis(PATIENCE_S));
    } catch (ExecutionException e) {
      Throwable cause = cause(e);
      if (cause instanceof ListChangedException changed) {
        throw changed;
      }
      throw new IOException(what + " failed: " + cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new IOException(what + " took longer than " + PATIENCE_S + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(what + " was interrupted", e);
    }
  }

  /** What really happened. */
  static Throwable cause(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}

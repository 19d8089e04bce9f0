package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * Changes the list of one log, one write at a time: changes that are asked for meanwhile go
 * together in the next one. Any thread.
 *
 * <p>A write whose outcome is unknown (a connection was lost) is looked at again: it has happened,
 * or it has not and is repeated, or somebody else has written and this owner is none any more.
 */
final class ListKeeper {
  private record Change(UnaryOperator<SegmentList> what, CompletableFuture<Void> done) {}

  private final SegmentLists lists;
  private final Pauses pauses;
  private final String log;
  private List<Change> waiting = new ArrayList<>();
  private boolean writing;
  private SegmentList current;
  private int version;
  private Throwable failure;

  ListKeeper(LedgerStorage storage, String log, SegmentList current, int version) {
    this.lists = storage.lists();
    this.pauses = storage.pauses();
    this.log = log;
    this.current = current;
    this.version = version;
  }

  /** The list as it was written last. */
  synchronized SegmentList current() {
    return current;
  }

  /** Asks for a change; it is durable when the stage completes. */
  CompletionStage<Void> change(UnaryOperator<SegmentList> what) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    synchronized (this) {
      if (failure != null) {
        return CompletableFuture.failedFuture(failure);
      }
      waiting.add(new Change(what, done));
      if (writing) {
        return done;
      }
      writing = true;
    }
    writeNext();
    return done;
  }

  private void writeNext() {
    List<Change> together;
    SegmentList next;
    synchronized (this) {
      if (waiting.isEmpty()) {
        writing = false;
        return;
      }
      together = waiting;
      waiting = new ArrayList<>();
      next = current;
    }
    ByteBuffer bytes;
    try {
      for (Change change : together) {
        next = change.what.apply(next);
      }
      bytes = next.encode();
    } catch (IOException | RuntimeException e) {
      fail(together, e);
      return;
    }
    write(new Attempt(together, next, bytes, 1));
  }

  private record Attempt(List<Change> changes, SegmentList next, ByteBuffer bytes, int number) {
    Attempt again() {
      return new Attempt(changes, next, bytes, number + 1);
    }
  }

  private void write(Attempt attempt) {
    int expected;
    synchronized (this) {
      expected = version;
    }
    lists
        .write(log, attempt.bytes, expected)
        .whenComplete(
            (written, problem) -> {
              Throwable cause = problem == null ? null : Stages.cause(problem);
              if (cause == null) {
                written(attempt, written);
              } else if (cause instanceof ListChangedException && attempt.number == 1) {
                fail(attempt.changes, cause);
              } else {
                lookLater(attempt, expected, cause);
              }
            });
  }

  private void lookLater(Attempt attempt, int expected, Throwable cause) {
    if (attempt.number >= Pauses.MAX_ATTEMPTS) {
      fail(attempt.changes, cause);
    } else {
      pauses.beforeNext(attempt.number, () -> lookAgain(attempt, expected));
    }
  }

  private void lookAgain(Attempt attempt, int expected) {
    lists
        .read(log)
        .whenComplete(
            (found, problem) -> {
              int now =
                  problem != null || found.isEmpty() ? SegmentLists.ABSENT : found.get().version();
              if (problem == null
                  && found.isPresent()
                  && found.get().bytes().equals(attempt.bytes)) {
                written(attempt, now);
              } else if (problem != null || now == expected) {
                write(attempt.again());
              } else {
                fail(
                    attempt.changes,
                    new ListChangedException(
                        "The list of segments of " + log + " was changed by another owner"));
              }
            });
  }

  private void written(Attempt attempt, int newVersion) {
    synchronized (this) {
      current = attempt.next;
      version = newVersion;
    }
    attempt.changes.forEach(change -> change.done.complete(null));
    writeNext();
  }

  private void fail(List<Change> changes, Throwable cause) {
    List<Change> all = new ArrayList<>(changes);
    synchronized (this) {
      failure = cause;
      all.addAll(waiting);
      waiting = new ArrayList<>();
      writing = false;
    }
    all.forEach(change -> change.done.completeExceptionally(cause));
  }
}

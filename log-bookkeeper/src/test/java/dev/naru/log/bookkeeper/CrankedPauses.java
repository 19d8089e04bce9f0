package dev.naru.log.bookkeeper;

import java.util.ArrayDeque;
import java.util.Queue;

/** Pauses that last until a test ends them. */
final class CrankedPauses implements Pauses {
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int totalMs;

  @Override
  public void after(int pauseMs, Runnable task) {
    totalMs += pauseMs;
    waiting.add(task);
  }

  /** Whether something waits; ends its pause. */
  boolean crank() {
    Runnable next = waiting.poll();
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  /** How long all pauses together would have lasted. */
  int totalMs() {
    return totalMs;
  }
}

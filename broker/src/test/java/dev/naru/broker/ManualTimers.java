package dev.naru.broker;

import java.util.PriorityQueue;

/** Time that moves when it is told to. */
public final class ManualTimers implements Timers {
  private record Task(long atMs, long sequence, Runnable run) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          (a, b) ->
              a.atMs != b.atMs
                  ? Long.compare(a.atMs, b.atMs)
                  : Long.compare(a.sequence, b.sequence));
  private long nowMs = 1_000_000;
  private long sequence;
  private long setMs;

  @Override
  public synchronized long nowMs() {
    return nowMs + setMs;
  }

  @Override
  public synchronized long elapsedMs() {
    return nowMs;
  }

  /** Sets the wall clock, while no time passes. */
  public synchronized void setClockBy(long ms) {
    setMs += ms;
  }

  @Override
  public synchronized Handle schedule(long delayMs, Runnable task) {
    Task entry = new Task(nowMs + delayMs, sequence++, task);
    tasks.add(entry);
    return () -> {
      synchronized (this) {
        tasks.remove(entry);
      }
    };
  }

  /** Moves the time and runs what is due, in order, each at its own time. */
  public void advance(long byMs) {
    long untilMs = elapsedMs() + byMs;
    while (true) {
      Task due;
      synchronized (this) {
        due = tasks.peek();
        if (due == null || due.atMs() > untilMs) {
          nowMs = untilMs;
          return;
        }
        tasks.poll();
        nowMs = Math.max(nowMs, due.atMs());
      }
      due.run().run();
    }
  }
}

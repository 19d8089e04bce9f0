package dev.naru.broker.group;

import dev.naru.broker.Timers;
import java.util.ArrayList;
import java.util.List;

/** Time that a test turns by hand. */
final class ManualTimers implements Timers {
  private record Task(long atMs, Runnable run) {}

  private final List<Task> tasks = new ArrayList<>();
  private long nowMs = 1_700_000_000_000L;

  @Override
  public synchronized long nowMs() {
    return nowMs;
  }

  @Override
  public synchronized Handle schedule(long delayMs, Runnable run) {
    Task task = new Task(nowMs + delayMs, run);
    tasks.add(task);
    return () -> {
      synchronized (this) {
        tasks.remove(task);
      }
    };
  }

  synchronized int waiting() {
    return tasks.size();
  }

  void advance(long ms) {
    List<Task> due = new ArrayList<>();
    synchronized (this) {
      nowMs += ms;
      for (Task task : tasks) {
        if (task.atMs <= nowMs) {
          due.add(task);
        }
      }
      tasks.removeAll(due);
    }
    due.forEach(task -> task.run.run());
  }
}

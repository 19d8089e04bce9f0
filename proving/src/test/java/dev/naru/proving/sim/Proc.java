package dev.naru.proving.sim;

import dev.naru.broker.Timers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * A process: what happens to it happens while it lives, and waits while it is stopped (SIGSTOP).
 * Its memory is gone when it crashes.
 */
final class Proc implements Timers {
  /** Some Thursday; the simulated time counts from there. */
  private static final long EPOCH_MS = 1_790_000_000_000L;

  final World world;
  final int node;
  private final String name;
  final Set<World.Parked> parked = new LinkedHashSet<>();
  private final List<World.Event> backlog = new ArrayList<>();
  private final List<Runnable> whenDead = new ArrayList<>();
  private long skewMs;
  private boolean dead;
  private boolean stopped;

  Proc(World world, int node, String name) {
    this.world = world;
    this.node = node;
    this.name = name;
  }

  boolean isDead() {
    return dead;
  }

  boolean isStopped() {
    return stopped;
  }

  void whenDead(Runnable told) {
    whenDead.add(told);
  }

  /** Whether an event may happen now. */
  boolean takes(World.Event event) {
    if (dead) {
      return false;
    }
    if (stopped) {
      backlog.add(event);
      return false;
    }
    return true;
  }

  void stop() {
    stopped = true;
  }

  /** Goes on; what came meanwhile comes now. */
  void goOn() {
    stopped = false;
    List<World.Event> late = List.copyOf(backlog);
    backlog.clear();
    for (World.Event event : late) {
      World.Event again =
          world.after(
              0,
              this,
              event.what,
              () -> {
                if (!event.cancelled) {
                  event.task.run();
                }
              });
      again.cancelled = event.cancelled;
    }
  }

  void crash() {
    dead = true;
    backlog.clear();
    List.copyOf(parked).forEach(World.Parked::kill);
    List.copyOf(whenDead).forEach(Runnable::run);
  }

  /** Sets its wall clock. */
  void skew(long ms) {
    skewMs = ms;
  }

  @Override
  public long nowMs() {
    return EPOCH_MS + world.nowMs() + skewMs;
  }

  @Override
  public long elapsedMs() {
    return world.nowMs();
  }

  @Override
  public Handle schedule(long delayMs, Runnable task) {
    World.Event event =
        world.after(delayMs * 1000 + world.random.nextInt(500), this, "timer", task);
    return () -> event.cancelled = true;
  }

  /** A thread of this process that runs one task after the other. */
  Executor thread(String threadName) {
    return new Lane(threadName);
  }

  private final class Lane implements Executor {
    private final String threadName;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean busy;

    Lane(String threadName) {
      this.threadName = threadName;
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
      if (!busy) {
        busy = true;
        next();
      }
    }

    private void next() {
      world.after(world.random.nextInt(40), Proc.this, threadName, this::runOne);
    }

    private void runOne() {
      try {
        tasks.remove().run();
      } finally {
        if (tasks.isEmpty()) {
          busy = false;
        } else {
          next();
        }
      }
    }
  }

  @Override
  public String toString() {
    return name;
  }
}

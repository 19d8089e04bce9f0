package dev.naru.proving.sim;

import dev.naru.log.Waits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Everything that happens in a simulation: events, in the order of their time, and of their making
 * where that is the same. What is random comes from one seed, so that a seed is a history.
 *
 * <p>One thread at a time runs. Code that blocks (see {@link Waits}) keeps its thread, and another
 * one goes on with the events until the event comes that wakes it; then it goes on, and the other
 * one waits to be needed again. So the order of everything is that of the events alone.
 */
final class World {
  private static final long REAL_SECONDS_MAX = 120;
  private static final int SHOWN_MAX = 400_000;

  /** Thrown into code that waits when the process that it belongs to is gone. */
  static final class Gone extends Error {
    private static final long serialVersionUID = 1;

    Gone() {
      super("this process is gone", null, false, false);
    }
  }

  /** Something that happens; may be taken back before. */
  static final class Event implements Comparable<Event> {
    final long atUs;
    final long number;
    final Proc owner;
    final String what;
    final Runnable task;
    boolean cancelled;

    Event(long atUs, long number, Proc owner, String what, Runnable task) {
      this.atUs = atUs;
      this.number = number;
      this.owner = owner;
      this.what = what;
      this.task = task;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atUs, other.atUs);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /** Code that waits for a future. */
  final class Parked {
    private final Carrier carrier;
    private final Proc owner;
    private boolean woken;
    private boolean killed;

    private Parked(Carrier carrier, Proc owner) {
      this.carrier = carrier;
      this.owner = owner;
    }

    private void wake(String why) {
      if (!woken) {
        woken = true;
        after(0, owner, why, this::resume);
      }
    }

    void kill() {
      killed = true;
      if (woken) {
        // The event that was to wake it is lost with its process.
        woken = false;
      }
      woken = true;
      after(0, null, "unwind", this::resume);
    }

    /** On the thread that runs: it hands over, and goes on when it is needed again. */
    private void resume() {
      Carrier running = (Carrier) Thread.currentThread();
      parked.remove(this);
      idle.push(running);
      carrier.turn.release();
      running.turn.acquireUninterruptibly();
    }
  }

  /** A thread that runs events when it is its turn. */
  private final class Carrier extends Thread implements Waits.Host {
    private final Semaphore turn = new Semaphore(0);

    Carrier() {
      super("sim-carrier-" + carriers.size());
      setDaemon(true);
      carriers.add(this);
    }

    @Override
    public void run() {
      while (!finished) {
        step();
      }
      done.countDown();
    }

    @Override
    public void await(CompletableFuture<?> future, long maxMs) {
      park(this, future, maxMs);
    }
  }

  final long seed;
  final Random random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final List<Carrier> carriers = new ArrayList<>();
  private final Deque<Carrier> idle = new ArrayDeque<>();
  private final Set<Parked> parked = new LinkedHashSet<>();
  private final CountDownLatch done = new CountDownLatch(1);
  private final List<String> shown = new ArrayList<>();
  private final boolean traced;
  private Runnable afterEach = () -> {};
  private long nowUs;
  private long made;
  private long happened;
  private long hash = 17;
  private Proc current;
  private boolean unwinding;
  private volatile boolean finished;
  private volatile Throwable failure;

  World(long seed, boolean traced) {
    this.seed = seed;
    this.random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    this.traced = traced;
  }

  long nowUs() {
    return nowUs;
  }

  long nowMs() {
    return nowUs / 1000;
  }

  /** A hash of what has happened, and when. */
  long hash() {
    return hash;
  }

  long happened() {
    return happened;
  }

  List<String> shown() {
    return shown;
  }

  /** Called after each event. */
  void afterEach(Runnable check) {
    afterEach = check;
  }

  /** Adds a line to the trace, as part of what has happened. */
  void note(String line) {
    hash = hash * 31 + line.hashCode();
    if (traced && shown.size() < SHOWN_MAX) {
      shown.add("%,14d  %s".formatted(nowUs, line));
    }
  }

  Event after(long delayUs, Proc owner, String what, Runnable task) {
    Event event = new Event(nowUs + Math.max(0, delayUs), made++, owner, what, task);
    events.add(event);
    return event;
  }

  /** A random time, mostly short: half of them below the usual, one in a hundred far above. */
  long latencyUs(long usualUs) {
    long some = (long) (-Math.log(1 - random.nextDouble()) * usualUs * 1.44);
    return 1 + (random.nextInt(100) == 0 ? some * 20 : some);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private void step() {
    Event event = events.poll();
    if (event == null) {
      fail(new AssertionError("nothing happens any more"));
      return;
    }
    if (event.cancelled) {
      return;
    }
    nowUs = Math.max(nowUs, event.atUs);
    if (event.owner != null && !event.owner.takes(event)) {
      return;
    }
    current = event.owner;
    happened++;
    hash = (hash * 31 + nowUs) * 31 + event.what.hashCode();
    if (traced && shown.size() < SHOWN_MAX) {
      shown.add(
          "%,14d  %s%s"
              .formatted(nowUs, event.owner == null ? "" : event.owner + ": ", event.what));
    }
    try {
      event.task.run();
      if (!finished) {
        afterEach.run();
      }
    } catch (Gone e) {
      // Its process crashed, or the simulation has ended; nothing of it counts any more.
      current = null;
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void park(Carrier carrier, CompletableFuture<?> future, long maxMs) {
    Proc owner = current;
    if (finished || unwinding || (owner != null && owner.isDead())) {
      throw new Gone();
    }
    Parked mine = new Parked(carrier, owner);
    parked.add(mine);
    if (owner != null) {
      owner.parked.add(mine);
    }
    future.whenComplete((value, error) -> mine.wake("goes on"));
    if (maxMs != Long.MAX_VALUE) {
      after(maxMs * 1000, owner, "loses patience", () -> mine.wake("goes on, late"));
    }
    Carrier next = idle.poll();
    if (next == null) {
      new Carrier().start();
    } else {
      next.turn.release();
    }
    carrier.turn.acquireUninterruptibly();
    if (owner != null) {
      owner.parked.remove(mine);
    }
    if (finished || mine.killed) {
      throw new Gone();
    }
    current = owner;
  }

  /** Ends the simulation, well. */
  void finish() {
    finished = true;
  }

  void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    finished = true;
  }

  /** Whether it has ended, so that nothing that happens now counts. */
  boolean isOver() {
    return finished;
  }

  /** Runs until {@link #finish} or a failure, and throws that. */
  void run() throws InterruptedException {
    new Carrier().start();
    if (!done.await(REAL_SECONDS_MAX, TimeUnit.SECONDS)) {
      StringBuilder stacks = new StringBuilder("the simulation hangs");
      for (Carrier carrier : carriers) {
        stacks.append("\n").append(carrier.getName()).append(" ").append(carrier.getState());
        for (StackTraceElement at : carrier.getStackTrace()) {
          stacks.append("\n    at ").append(at);
        }
      }
      throw new AssertionError(stacks.toString());
    }
    dispose();
    if (failure != null) {
      if (failure instanceof Error error) {
        throw error;
      }
      throw new AssertionError("an event failed", failure);
    }
  }

  /** Ends the threads, one after the other. */
  private void dispose() throws InterruptedException {
    unwinding = true;
    for (Carrier carrier : List.copyOf(carriers)) {
      carrier.turn.release();
      carrier.join(5_000);
    }
  }
}

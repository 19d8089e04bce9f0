package dev.naru.log;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forces logs that were written, on a few threads that all logs share. Whoever waits for a log when
 * its turn comes shares one force; what is appended meanwhile shares the next one.
 *
 * <p>When several logs wait with little each, one force of the {@link Journal} does for all of
 * them.
 *
 * <p>While many logs wait, a few more threads help: forces that run at the same time share the
 * disk's flushes, and with them thousands of new logs become durable in the time of a few hundred.
 */
final class GroupCommit implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  /** So many logs waiting call for a helper; helpers end when fewer wait. */
  private static final int CROWD = 24;

  private static final int MAX_HELPERS = 14;

  /** One log's place in the queue; as a number, what it is up to. */
  static final class Ticket extends AtomicInteger {
    private static final long serialVersionUID = 1L;
    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int FORCING = 2;
    private static final int FORCING_AND_WANTED = 3;

    private final transient Committer log;

    Ticket(Committer log) {
      this.log = log;
    }
  }

  /**
   * A log's part of a round that several share.
   *
   * @param durable to be called once it is durable; tells those who wait
   */
  record Share(Journal.Part part, Runnable durable) {}

  /** What is forced: a log. */
  interface Committer {
    /** Forces what was appended before the call, and tells those who wait. Must not throw. */
    CompletionStage<Void> commit();

    /** What a force now would be for, when the journal can do that instead; null otherwise. */
    default Share share() {
      return null;
    }
  }

  /** So many logs share a force of the journal at most. */
  private static final int SHARES_MAX = 64;

  private final LinkedBlockingQueue<Ticket> queue = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger helpers = new AtomicInteger();

  /** Where rounds run instead of on threads of its own; null when it has those. */
  private final Executor lent;

  private volatile boolean closed;

  /** Null where logs are not in files. */
  private volatile Journal journal;

  /** Of the one who writes to the journal. Taken before a log's lock. */
  private final ReentrantLock turn = new ReentrantLock();

  /** With no threads, what is queued waits for {@link #runQueued}. */
  GroupCommit(int threadCount) {
    lent = null;
    for (int i = 1; i <= threadCount; i++) {
      Thread thread = new Thread(this::run, "naru-commit-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /** Without threads of its own. */
  GroupCommit(Executor lent) {
    this.lent = lent;
  }

  /** Asks for a force of everything appended before the call. */
  void submit(Ticket ticket) {
    while (true) {
      int state = ticket.get();
      if (state == Ticket.QUEUED || state == Ticket.FORCING_AND_WANTED) {
        return;
      }
      boolean idle = state == Ticket.IDLE;
      if (ticket.compareAndSet(state, idle ? Ticket.QUEUED : Ticket.FORCING_AND_WANTED)) {
        if (idle) {
          enqueue(ticket);
        }
        return;
      }
    }
  }

  private void enqueue(Ticket ticket) {
    queue.add(ticket);
    if (lent != null) {
      lent.execute(this::runQueued);
      return;
    }
    int running = helpers.get();
    if (queue.size() > CROWD * (running + 1)
        && running < MAX_HELPERS
        && !threads.isEmpty()
        && !closed
        && helpers.compareAndSet(running, running + 1)) {
      Thread helper = new Thread(this::help, "naru-commit-helper");
      helper.setDaemon(true);
      helper.start();
    }
  }

  private void run() {
    while (!closed) {
      try {
        round(queue.take());
      } catch (InterruptedException e) {
        // Only close() interrupts; the loop's condition ends it.
        LOG.debug("Group commit ends");
      }
    }
  }

  private void help() {
    try {
      while (!closed && queue.size() > CROWD) {
        Ticket next = queue.poll();
        if (next != null) {
          round(next);
        }
      }
    } finally {
      helpers.decrementAndGet();
    }
  }

  /** Forces what is queued, on the calling thread. */
  void runQueued() {
    for (Ticket next = queue.poll(); next != null; next = queue.poll()) {
      round(next);
    }
  }

  /** Where the ends of several logs may become durable at once. Before there are logs. */
  void shareIn(Journal shared) {
    journal = shared;
  }

  /**
   * One log by itself, or several that wait by one force of the journal. Who comes while that is
   * under way waits for its end: by then there are more of them.
   */
  private void round(Ticket first) {
    Journal shared = journal;
    boolean several = !queue.isEmpty() || turn.isLocked();
    // Very many new logs, which cannot share, are not to be gathered again and again. Who can is
    // asked again when its turn comes: it may have more by then.
    if (shared == null || first == STOP || !several || first.log.share() == null) {
      force(first);
      return;
    }
    Map<Ticket, Share> shares = new LinkedHashMap<>();
    List<Ticket> alone = new ArrayList<>();
    Set<Journal.Part> durable;
    turn.lock();
    try {
      gather(first, shares, alone);
      durable = write(shared, shares);
    } finally {
      turn.unlock();
    }
    shares.forEach(
        (ticket, share) -> {
          if (durable.contains(share.part())) {
            share.durable().run();
            done(ticket);
          } else {
            alone.add(ticket);
          }
        });
    // One of them here; the others may be forced by other threads meanwhile.
    for (int i = 1; i < alone.size(); i++) {
      alone.get(i).set(Ticket.QUEUED);
      queue.add(alone.get(i));
    }
    if (!alone.isEmpty()) {
      force(alone.get(0));
    }
  }

  private void gather(Ticket first, Map<Ticket, Share> shares, List<Ticket> alone) {
    Ticket next = first;
    int left = SHARES_MAX;
    int bytes = 0;
    while (next != null) {
      if (next == STOP) {
        // For whoever is to end; this thread looks when its round is over.
        queue.add(next);
        return;
      }
      next.set(Ticket.FORCING);
      Share share = next.log.share();
      if (share == null) {
        alone.add(next);
      } else {
        shares.put(next, share);
        bytes += share.part().bytes();
      }
      left--;
      next = left > 0 && bytes <= Journal.ROUND_BYTES_MAX ? queue.poll() : null;
    }
  }

  private static Set<Journal.Part> write(Journal journal, Map<Ticket, Share> shares) {
    List<Journal.Part> parts = shares.values().stream().map(Share::part).toList();
    if (!Journal.isWorthwhile(parts)) {
      return Set.of();
    }
    Set<Journal.Part> durable = Collections.newSetFromMap(new IdentityHashMap<>());
    durable.addAll(journal.write(parts));
    return durable;
  }

  private void force(Ticket ticket) {
    try {
      ticket.set(Ticket.FORCING);
      ticket.log.commit().whenComplete((nothing, failure) -> done(ticket));
    } catch (RuntimeException | Error e) {
      LOG.error("Group commit met a defect; the log that it belongs to may hang", e);
    }
  }

  private void done(Ticket ticket) {
    if (!ticket.compareAndSet(Ticket.FORCING, Ticket.IDLE)) {
      ticket.set(Ticket.QUEUED);
      enqueue(ticket);
    }
  }

  /** Stops the threads; what is queued is not forced any more. Helpers end with their force. */
  @Override
  public void close() {
    closed = true;
    // Each thread takes one and ends, so that none is waited for longer than its force takes.
    threads.forEach(thread -> queue.offer(STOP));
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        queue.offer(STOP);
        try {
          thread.join(100);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private static final Ticket STOP = new Ticket(() -> CompletableFuture.completedStage(null));
}

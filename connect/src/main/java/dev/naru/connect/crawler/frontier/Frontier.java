package dev.naru.connect.crawler.frontier;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The addresses that wait, a queue per host, and the pace of each host. Hosts take turns; a host
 * that must wait, whatever for, stands aside and holds nobody. A host's robots.txt is asked for
 * before anything else, and again when it expires.
 *
 * <p>Not thread-safe: whoever owns it serialises the calls. Times are milliseconds of one clock
 * that never goes back.
 */
public final class Frontier {
  private record Timer(long atMs, HostQueue host) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return Long.compare(atMs, other.atMs);
    }
  }

  private final Politeness politeness;
  private final boolean obeyRobots;
  private final ChunkStore store;
  private final Map<String, HostQueue> hosts = new HashMap<>();
  private final ArrayDeque<HostQueue> ready = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long waiting;
  private long abandoned;
  private int inFlight;

  /**
   * Makes an empty frontier.
   *
   * @param store where long queues put their middle parts
   */
  public Frontier(Politeness politeness, boolean obeyRobots, ChunkStore store) {
    this.politeness = politeness;
    this.obeyRobots = obeyRobots;
    this.store = store;
  }

  /** Queues an address of a host; {@code loopback} is looked at when the host is new. */
  public void add(String origin, boolean loopback, long ref) {
    countAdmitted(origin, loopback);
    again(origin, loopback, ref);
  }

  /** Queues an address that was let in before. */
  public void again(String origin, boolean loopback, long ref) {
    HostQueue host = host(origin, loopback);
    host.add(ref);
    if (host.givenUp) {
      abandoned++;
      return;
    }
    waiting++;
    place(host);
  }

  /**
   * The next request that may start at {@code nowMs}, or nothing; then {@link #nextWakeMs} says
   * when to ask again.
   */
  public Optional<Ticket> take(long nowMs) {
    while (!timers.isEmpty() && timers.peek().atMs() <= nowMs) {
      Timer timer = timers.remove();
      if (timer.host().place == HostQueue.Place.TIMER && timer.host().timerMs == timer.atMs()) {
        timer.host().place = HostQueue.Place.READY;
        ready.add(timer.host());
      }
    }
    while (inFlight < politeness.connectionsMax() && !ready.isEmpty()) {
      HostQueue host = ready.remove();
      host.place = HostQueue.Place.IDLE;
      if (startMs(host) > nowMs) {
        place(host);
        continue;
      }
      return Optional.of(start(host, nowMs));
    }
    return Optional.empty();
  }

  private Ticket start(HostQueue host, long nowMs) {
    if (host.rules != null && host.rules.expiresMs() <= nowMs) {
      host.rules = null;
    }
    Ticket ticket;
    if (obeyRobots && host.rules == null) {
      host.askingRobots = true;
      ticket = new Ticket(host.origin, true, -1, host.failuresInRow);
    } else {
      ticket = host.next(nowMs);
      waiting--;
    }
    host.inFlight++;
    inFlight++;
    host.nextStartMs = nowMs + delayMs(host);
    place(host);
    return ticket;
  }

  private long delayMs(HostQueue host) {
    long askedMs = host.rules == null ? 0 : host.rules.crawlDelayMs();
    return Math.max(
        politeness.delayMs(host.loopback), Math.min(askedMs, politeness.crawlDelayMaxMs()));
  }

  /**
   * When the host's next request may start: never while it has nothing, too much in flight, or no
   * rules yet.
   */
  private long startMs(HostQueue host) {
    // A host in trouble gets one request at a time until it answers well again.
    int limit = host.failuresInRow > 0 ? 1 : politeness.connectionsPerHost(host.loopback);
    if (host.givenUp || host.askingRobots || host.inFlight >= limit || host.waiting() == 0) {
      return Long.MAX_VALUE;
    }
    return Math.max(host.dueMs(), Math.max(host.nextStartMs, host.pausedUntilMs));
  }

  private void place(HostQueue host) {
    long atMs = startMs(host);
    if (atMs == Long.MAX_VALUE || host.place == HostQueue.Place.READY) {
      return;
    }
    if (host.place == HostQueue.Place.TIMER && host.timerMs <= atMs) {
      return;
    }
    host.place = HostQueue.Place.TIMER;
    host.timerMs = atMs;
    timers.add(new Timer(atMs, host));
  }

  /** The host's rules, as its robots.txt says; ends the request that asked for them. */
  public void robotsAnswered(Ticket ticket, RobotRules rules, long nowMs) {
    HostQueue host = ended(ticket);
    host.askingRobots = false;
    host.rules = rules;
    host.failuresInRow = 0;
    host.nextStartMs = nowMs + delayMs(host);
    place(host);
  }

  /** What the host's rules are now; they are there whenever a page of the host is in flight. */
  public RobotRules rules(String origin) {
    HostQueue host = hosts.get(origin);
    return host == null || host.rules == null ? RobotRules.ALLOW_ALL : host.rules;
  }

  /** The request was answered, with whatever the server is responsible for. */
  public void answered(Ticket ticket) {
    HostQueue host = ended(ticket);
    host.failuresInRow = 0;
    place(host);
  }

  /** The request was never sent; the host's pace is not charged for it. */
  public void notSent(Ticket ticket, long nowMs) {
    HostQueue host = ended(ticket);
    host.nextStartMs = Math.min(host.nextStartMs, nowMs);
    place(host);
  }

  /**
   * The request failed.
   *
   * @param pauseMs what the server asked for (Retry-After); 0 when it asked for nothing
   * @return whether the address will be tried again; if not, it is done with
   */
  public boolean failed(Ticket ticket, Failure failure, long pauseMs, long nowMs) {
    HostQueue host = ended(ticket);
    if (failure == Failure.HOST) {
      host.failuresInRow++;
      long pause = Math.max(politeness.backoffMs(host.failuresInRow), pauseMs);
      host.pausedUntilMs =
          Math.max(host.pausedUntilMs, nowMs + Math.min(pause, politeness.backoffMaxMs()));
    }
    boolean again = failure != Failure.PERMANENT && ticket.attempt() < politeness.retriesMax();
    if (ticket.robots()) {
      host.askingRobots = false;
    } else if (again) {
      long dueMs =
          failure == Failure.SERVER
              ? nowMs + politeness.backoffMs(ticket.attempt() + 1)
              : host.pausedUntilMs;
      host.retry(ticket.ref(), ticket.attempt() + 1, dueMs);
      if (host.givenUp) {
        abandoned++;
      } else {
        waiting++;
      }
    }
    if (host.failuresInRow >= politeness.hostFailuresMax() && !host.givenUp) {
      host.givenUp = true;
      host.givenUpAtMs = nowMs;
      abandoned += host.waiting();
      waiting -= host.waiting();
    }
    place(host);
    return again;
  }

  private HostQueue ended(Ticket ticket) {
    HostQueue host = hosts.get(ticket.origin());
    host.inFlight--;
    inFlight--;
    return host;
  }

  /**
   * When {@link #take} may have something that it does not have now, if nothing else happens until
   * then.
   */
  public long nextWakeMs() {
    if (!ready.isEmpty()) {
      return Long.MIN_VALUE;
    }
    return timers.isEmpty() ? Long.MAX_VALUE : timers.peek().atMs();
  }

  /** Whether nothing waits and nothing is under way. */
  public boolean isIdle() {
    return waiting == 0 && inFlight == 0;
  }

  /** Addresses that wait, those of hosts that were given up not among them. */
  public long waiting() {
    return waiting;
  }

  public int inFlight() {
    return inFlight;
  }

  /** Addresses of hosts that were given up; they are tried again when the crawl starts again. */
  public long abandoned() {
    return abandoned;
  }

  public int hosts() {
    return hosts.size();
  }

  /** How many addresses of this host were ever added. */
  public int admitted(String origin) {
    HostQueue host = hosts.get(origin);
    return host == null ? 0 : host.admitted;
  }

  /** Counts an address of this host that an earlier run has dealt with. */
  public void countAdmitted(String origin, boolean loopback) {
    host(origin, loopback).admitted++;
  }

  private HostQueue host(String origin, boolean loopback) {
    return hosts.computeIfAbsent(origin, name -> new HostQueue(name, loopback, store));
  }

  /** Gives hosts that were given up before this time one more try. */
  public void revive(long givenUpBeforeMs) {
    for (HostQueue host : hosts.values()) {
      if (host.givenUp && host.givenUpAtMs < givenUpBeforeMs) {
        host.givenUp = false;
        host.failuresInRow = politeness.hostFailuresMax() - 1;
        abandoned -= host.waiting();
        waiting += host.waiting();
        place(host);
      }
    }
  }

  /** Forgets everything that waits; what is under way goes on. */
  public void clear() {
    hosts.values().forEach(HostQueue::clear);
    waiting = 0;
    abandoned = 0;
  }
}

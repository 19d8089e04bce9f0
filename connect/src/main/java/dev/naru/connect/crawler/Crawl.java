package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Outcome.Kind;
import dev.naru.connect.crawler.frontier.RobotRules;
import dev.naru.connect.crawler.frontier.Ticket;
import dev.naru.connect.crawler.http.AddressGuard;
import dev.naru.connect.crawler.http.HttpFetcher;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.connect.data.Struct;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A crawl that runs: the threads around the frontier. Workers take what may start, fetch and parse
 * it, and report here; records wait until {@link #poll} takes them, and count as outstanding until
 * {@link #committed} says that the topic has them. When too many are outstanding, nothing more is
 * fetched. All methods may be called from any thread.
 */
final class Crawl implements Closeable {
  /** A page for the topic; a null value says that the page is gone. */
  record Delivery(
      long number,
      int round,
      long ref,
      FoundUrl found,
      Struct value,
      Outcome outcome,
      Validators learned,
      int bytes) {}

  private static final Logger LOG = LoggerFactory.getLogger(Crawl.class);
  private static final int OUTSTANDING_RECORDS_MAX = 2_000;
  private static final long OUTSTANDING_BYTES_MAX = 32L << 20;
  private static final long TICK_MS = 100;
  private static final int TICKS_PER_SECOND = 10;
  private static final int TICKS_PER_LINE = 50;
  private static final long STOP_WAIT_MS = 5_000;

  private final CrawlerConfig config;
  private final CrawlState state;
  private final HttpFetcher http;
  private final PageFetcher pages;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition records = lock.newCondition();
  private final Deque<Delivery> ready = new ArrayDeque<>();
  private final Map<Long, Delivery> outstanding = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private long outstandingBytes;
  private long nextNumber;
  private boolean stopping;
  private boolean finishSeen;
  private String failure;
  private Throwable failureCause;

  /** Opens the crawl's state; nothing runs until {@link #start}. */
  Crawl(CrawlerConfig config) throws IOException {
    this.config = config;
    this.state = new CrawlState(config, System.currentTimeMillis());
    this.http = new HttpFetcher(config.http(), new AddressGuard(config.privateAddressesAllowed()));
    this.pages = new PageFetcher(this, http, config);
    this.nextNumber = state.stats().of(Outcome.DELIVERED);
  }

  void start() {
    for (int i = 0; i < config.politeness().connectionsMax(); i++) {
      threads.add(new Thread(this::workLoop, "crawler-" + config.name() + "-" + i));
    }
    threads.add(new Thread(this::tickLoop, "crawler-" + config.name() + "-tick"));
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
    }
    LOG.info("Crawl {} runs: {}", config.name(), statusLine());
  }

  static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void workLoop() {
    try {
      for (Job job = nextJob(); job != null; job = nextJob()) {
        pages.process(job);
      }
    } catch (RuntimeException | Error e) {
      fail("The crawl cannot go on: " + e.getMessage(), e);
    }
  }

  /** What a worker does next. */
  record Job(Ticket ticket, FoundUrl found, RobotRules rules) {}

  private Job nextJob() {
    lock.lock();
    try {
      while (!stopping) {
        long nowMs = nowMs();
        Optional<Ticket> ticket = mayTake() ? state.frontier().take(nowMs) : Optional.empty();
        if (ticket.isPresent()) {
          work.signal();
          return job(ticket.get());
        }
        work.await(waitMs(nowMs), TimeUnit.MILLISECONDS);
      }
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
  }

  private Job job(Ticket ticket) {
    if (ticket.robots()) {
      return new Job(ticket, null, null);
    }
    return new Job(ticket, state.read(ticket.ref()), state.frontier().rules(ticket.origin()));
  }

  private boolean mayTake() {
    return outstanding.size() < OUTSTANDING_RECORDS_MAX
        && outstandingBytes < OUTSTANDING_BYTES_MAX
        && !pageLimitReached(state.frontier().inFlight());
  }

  private boolean pageLimitReached(int inFlight) {
    long delivered = state.stats().of(Outcome.DELIVERED) + state.stats().of(Outcome.UNCHANGED);
    return delivered + outstanding.size() + inFlight >= config.pagesMax();
  }

  /** Workers are woken when something changes; the second is for machines that were suspended. */
  private long waitMs(long nowMs) {
    long wakeMs = mayTake() ? state.frontier().nextWakeMs() : Long.MAX_VALUE;
    return wakeMs > nowMs + 1_000 ? 1_000 : Math.max(wakeMs - nowMs, 1);
  }

  private void tickLoop() {
    try {
      for (int tick = 1; !isStopping(); tick++) {
        http.reap();
        tick(tick);
        TimeUnit.MILLISECONDS.sleep(TICK_MS);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      fail("The crawl cannot go on: " + e.getMessage(), e);
    }
  }

  private void tick(int tick) throws IOException {
    lock.lock();
    try {
      if (stopping) {
        return;
      }
      if (tick % TICKS_PER_SECOND == 0) {
        state.stats().tick();
        state.flush();
      }
      if (tick % TICKS_PER_LINE == 0 && !isFinished()) {
        state.force();
        LOG.info("Crawl {}: {}", config.name(), statusLine());
      }
      checkFinished();
    } finally {
      lock.unlock();
    }
  }

  private void checkFinished() throws IOException {
    if (!isFinished()) {
      finishSeen = false;
      return;
    }
    long wallMs = System.currentTimeMillis();
    if (state.finishedAtMs() < 0) {
      state.finish(wallMs);
    }
    if (!finishSeen) {
      finishSeen = true;
      LOG.info("Crawl {} is finished: {}", config.name(), statusLine());
    }
    if (config.recrawlAfterMs() >= 0 && wallMs - state.finishedAtMs() >= config.recrawlAfterMs()) {
      state.beginRound(wallMs);
      LOG.info("Crawl {} begins round {}: {}", config.name(), state.roundNumber(), statusLine());
      work.signalAll();
    }
  }

  /**
   * Records that the topic should have, at most {@code max}; waits for the first one, but not for
   * ever.
   */
  List<Delivery> poll(int max, long waitMs) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long waitNs = TimeUnit.MILLISECONDS.toNanos(waitMs);
      while (ready.isEmpty() && failure == null && !stopping && waitNs > 0) {
        waitNs = records.awaitNanos(waitNs);
      }
      List<Delivery> taken = new ArrayList<>();
      while (!ready.isEmpty() && taken.size() < max) {
        taken.add(ready.remove());
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** The topic has this record: the page is done with. */
  void committed(long number) {
    lock.lock();
    try {
      Delivery delivery = outstanding.remove(number);
      if (delivery == null || stopping) {
        return;
      }
      outstandingBytes -= delivery.bytes();
      state.done(delivery.ref(), delivery.found(), delivery.outcome(), delivery.learned(), null);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** A page or its absence is ready for the topic. */
  void deliver(Job job, Struct value, Outcome outcome, Validators learned, int bytes) {
    lock.lock();
    try {
      state.frontier().answered(job.ticket());
      Delivery delivery =
          new Delivery(
              ++nextNumber,
              state.roundNumber(),
              job.ticket().ref(),
              job.found(),
              value,
              outcome,
              learned,
              bytes);
      outstanding.put(delivery.number(), delivery);
      outstandingBytes += bytes;
      ready.add(delivery);
      records.signal();
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** The request was answered, and the address is done with. */
  void settle(Job job, Outcome outcome, Validators learned, String detail) {
    locked(
        () -> {
          state.frontier().answered(job.ticket());
          state.done(job.ticket().ref(), job.found(), outcome, learned, detail);
        });
  }

  /** Robots.txt forbids the address; nothing was sent. */
  void disallowed(Job job) {
    locked(
        () -> {
          state.frontier().notSent(job.ticket(), nowMs());
          state.done(job.ticket().ref(), job.found(), Outcome.ROBOTS, null, null);
        });
  }

  /** The request failed; it is tried again, or the address is done with. */
  void failed(Job job, Outcome outcome, Failure kind, long pauseMs, String detail) {
    locked(
        () -> {
          boolean again = state.frontier().failed(job.ticket(), kind, pauseMs, nowMs());
          if (job.ticket().robots()) {
            LOG.info("{}", detail);
          } else if (!again) {
            state.done(job.ticket().ref(), job.found(), outcome, null, detail);
          } else {
            LOG.debug("{} is tried again: {}", job.found().url(), detail);
          }
        });
  }

  void redirected(Job job, CanonicalUrl target) {
    locked(
        () -> {
          state.frontier().answered(job.ticket());
          Outcome outcome = state.redirect(job.found(), target);
          state.done(job.ticket().ref(), job.found(), outcome, null, "to " + target);
        });
  }

  /**
   * A page that the topic has from an earlier round redirects now: its record goes, the target is
   * followed.
   */
  void movedAway(Job job, CanonicalUrl target) {
    locked(() -> state.redirect(job.found(), target));
    deliver(job, null, Outcome.GONE, null, 0);
  }

  void robotsAnswered(Ticket ticket, RobotsFetcher.Robots robots) {
    locked(
        () -> {
          state.frontier().robotsAnswered(ticket, robots.rules(), nowMs());
          CanonicalUrl origin = CanonicalUrl.parse(ticket.origin()).orElseThrow();
          if (config.followSitemaps()) {
            for (String sitemap : robots.sitemaps()) {
              origin
                  .resolve(sitemap)
                  .ifPresent(
                      url -> offer(FoundUrl.seed(origin).link(url).as(FoundUrl.Kind.SITEMAP)));
            }
          }
        });
  }

  /** Lets in what a page or a sitemap points to. */
  void offer(List<FoundUrl> found) {
    locked(() -> found.forEach(this::offer));
  }

  private void offer(FoundUrl found) {
    state.offer(found);
  }

  /** Counts links that were left alone. */
  void notFollowed(List<CanonicalUrl> links) {
    locked(() -> links.forEach(link -> state.stats().count(Outcome.NO_FOLLOW, link, null)));
  }

  void fetched(long bytes) {
    locked(() -> state.stats().fetched(bytes));
  }

  boolean yieldsTo(FoundUrl found, CanonicalUrl canonical) {
    lock.lock();
    try {
      return state.yieldsTo(found, canonical);
    } finally {
      lock.unlock();
    }
  }

  boolean isDuplicate(FoundUrl found, long contentHash) {
    lock.lock();
    try {
      return state.isDuplicate(found, contentHash);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs an action under the lock, unless the crawl is over, and wakes a worker for whatever came
   * of it.
   */
  private void locked(Runnable action) {
    lock.lock();
    try {
      if (!stopping) {
        action.run();
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void fail(String message, Throwable cause) {
    lock.lock();
    try {
      if (!stopping && failure == null) {
        LOG.error("{}", message, cause);
        failure = message;
        failureCause = cause;
        records.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Throws if the crawl cannot go on. */
  void throwIfFailed() throws IOException {
    lock.lock();
    try {
      if (failure != null) {
        throw new IOException(failure, failureCause);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isStopping() {
    lock.lock();
    try {
      return stopping;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFinished() {
    boolean atRest =
        state.frontier().isIdle() || (state.frontier().inFlight() == 0 && pageLimitReached(0));
    return atRest && outstanding.isEmpty();
  }

  /** The numbers at this moment. */
  CrawlSnapshot snapshot() {
    lock.lock();
    try {
      CrawlStats stats = state.stats();
      return new CrawlSnapshot(
          stats.fetched(),
          stats.of(Outcome.DELIVERED),
          outstanding.size(),
          state.frontier().waiting(),
          state.frontier().inFlight(),
          state.frontier().hosts(),
          stats.of(Kind.SKIPPED),
          stats.reasons(Kind.SKIPPED),
          stats.of(Kind.FAILED),
          stats.reasons(Kind.FAILED),
          state.frontier().abandoned(),
          stats.of(Outcome.UNCHANGED),
          stats.of(Outcome.REDIRECTED),
          stats.bytes(),
          stats.perSecond(),
          state.roundNumber(),
          isFinished(),
          failure == null ? "" : failure);
    } finally {
      lock.unlock();
    }
  }

  private String statusLine() {
    return snapshot().line();
  }

  /**
   * Stops the workers and closes the state; what was not committed is fetched again by the next
   * crawl.
   */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (stopping) {
        return;
      }
      stopping = true;
      work.signalAll();
      records.signalAll();
    } finally {
      lock.unlock();
    }
    http.close();
    threads.forEach(Thread::interrupt);
    joinThreads();
    lock.lock();
    try {
      state.close();
      LOG.info("Crawl {} stops: {}", config.name(), statusLine());
    } finally {
      lock.unlock();
    }
  }

  private void joinThreads() {
    long untilMs = nowMs() + STOP_WAIT_MS;
    for (Thread thread : threads) {
      try {
        thread.join(Math.max(untilMs - nowMs(), 1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}

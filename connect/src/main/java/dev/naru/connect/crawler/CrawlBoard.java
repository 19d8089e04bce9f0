package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Outcome.Kind;
import dev.naru.connect.crawler.frontier.Ticket;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.kafka.connect.data.Struct;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a crawl's threads meet: workers take jobs here and report what came of them; Connect takes
 * records and says which of them the topic has. Everything happens under one lock. When too many
 * records are on their way, nothing more is given out to be fetched. Any thread.
 */
final class CrawlBoard {
  private static final Logger LOG = LoggerFactory.getLogger(CrawlBoard.class);

  private final CrawlerConfig config;
  private final long pagesMax;
  private final CrawlState state;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition records = lock.newCondition();
  private final Deliveries deliveries = new Deliveries();
  private boolean stopping;
  private String failure = "";
  private Throwable failureCause;

  CrawlBoard(CrawlerConfig config, CrawlState state) {
    this.config = config;
    this.pagesMax = config.pagesMax();
    this.state = state;
  }

  // ---- Workers take jobs ---------------------------------------------------------------------

  /** The next job; waits for it. Null when the crawl is over. */
  Job nextJob() {
    lock.lock();
    try {
      while (!stopping) {
        long nowMs = Crawl.nowMs();
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
    return ticket.robots()
        ? new Job(ticket, null, null)
        : new Job(ticket, state.read(ticket.ref()), state.frontier().rules(ticket.origin()));
  }

  private boolean mayTake() {
    long coming = deliveries.outstanding() + (long) state.frontier().inFlight();
    return !deliveries.isFull() && (state.isFull() || state.pages() + coming < pagesMax);
  }

  /** Workers are woken when something changes; the second is for machines that were suspended. */
  private long waitMs(long nowMs) {
    long wakeMs = mayTake() ? state.frontier().nextWakeMs() : Long.MAX_VALUE;
    return wakeMs > nowMs + 1_000 ? 1_000 : Math.max(wakeMs - nowMs, 1);
  }

  // ---- Workers report ------------------------------------------------------------------------

  /** A page or its absence is ready for the topic. */
  void deliver(Job job, Struct value, Outcome outcome, Validators learned, int bytes) {
    locked(
        () -> {
          state.frontier().answered(job.ticket());
          CrawlState.Handed handed = state.handed(job.waiting(), outcome, learned, wallMs());
          long number = handed.done().number();
          deliveries.add(new Delivery(number, job.found().url(), value, bytes, handed));
          records.signal();
        });
  }

  /** The request was answered, and the address is done with. */
  void settle(Job job, Outcome outcome, Validators learned, String detail) {
    locked(
        () -> {
          state.frontier().answered(job.ticket());
          state.done(job.waiting(), outcome, learned, detail, wallMs());
        });
  }

  /** Robots.txt forbids the address; nothing was sent. */
  void disallowed(Job job) {
    locked(
        () -> {
          state.frontier().notSent(job.ticket(), Crawl.nowMs());
          state.done(job.waiting(), Outcome.ROBOTS, null, null, wallMs());
        });
  }

  /** The request failed; it is tried again, or the address is done with. */
  void failed(Job job, Outcome outcome, Failure kind, long pauseMs, String detail) {
    locked(
        () -> {
          boolean again = state.frontier().failed(job.ticket(), kind, pauseMs, Crawl.nowMs());
          if (job.ticket().robots()) {
            LOG.info("{}", detail);
          } else if (!again) {
            state.done(job.waiting(), outcome, null, detail, wallMs());
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
          state.done(job.waiting(), outcome, null, "to " + target, wallMs());
        });
  }

  /** A page that the topic has redirects now: its record goes, the target is followed. */
  void movedAway(Job job, CanonicalUrl target) {
    locked(() -> state.redirect(job.found(), target));
    deliver(job, null, Outcome.GONE, null, 0);
  }

  void robotsAnswered(Ticket ticket, RobotsFetcher.Robots robots) {
    locked(
        () -> {
          state.frontier().robotsAnswered(ticket, robots.rules(), Crawl.nowMs());
          CanonicalUrl origin = CanonicalUrl.parse(ticket.origin()).orElseThrow();
          if (config.followSitemaps()) {
            for (String sitemap : robots.sitemaps()) {
              origin
                  .resolve(sitemap)
                  .ifPresent(
                      url ->
                          state.offer(FoundUrl.seed(origin).link(url).as(FoundUrl.Kind.SITEMAP)));
            }
          }
        });
  }

  /** Lets in what a page points to. */
  void offer(List<FoundUrl> found) {
    locked(() -> found.forEach(state::offer));
  }

  /** Lets in what a sitemap lists. */
  void listed(FoundUrl sitemap, Sitemaps.Listed listed) {
    locked(
        () -> {
          listed.pages().forEach(page -> state.listed(sitemap.link(page.url()), page.modifiedMs()));
          listed
              .sitemaps()
              .forEach(url -> state.offer(sitemap.link(url).as(FoundUrl.Kind.SITEMAP)));
        });
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
  void locked(Runnable action) {
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

  private static long wallMs() {
    return System.currentTimeMillis();
  }

  // ---- Connect takes records -----------------------------------------------------------------

  /**
   * Records that the topic should have, at most {@code max}; waits for the first one, but not for
   * ever. What the journal says of them is with the operating system when they are handed out.
   */
  List<Delivery> poll(int max, long waitMs) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long waitNs = TimeUnit.MILLISECONDS.toNanos(waitMs);
      while (!deliveries.isReady() && failure.isEmpty() && !stopping && waitNs > 0) {
        waitNs = records.awaitNanos(waitNs);
      }
      if (stopping || !deliveries.isReady()) {
        return List.of();
      }
      state.flush();
      return deliveries.take(max);
    } finally {
      lock.unlock();
    }
  }

  /** The topic has this record: the page is done with. */
  void committed(long number) {
    locked(
        () -> {
          Delivery delivery = deliveries.confirmed(number);
          if (delivery != null) {
            state.confirmed(delivery.handed(), delivery.url());
          }
        });
  }

  // ---- Status --------------------------------------------------------------------------------

  /** The crawl cannot go on. */
  void fail(String message, Throwable cause) {
    lock.lock();
    try {
      if (!stopping && failure.isEmpty()) {
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
      if (!failure.isEmpty()) {
        throw new IOException(failure, failureCause);
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isStopping() {
    lock.lock();
    try {
      return stopping;
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing waits, nothing is under way, and the topic has everything. */
  boolean isAtRest() {
    lock.lock();
    try {
      return state.frontier().isIdle() && deliveries.outstanding() == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Uses a rest, if it is one, to tidy up; and lets everything reach the disk. */
  void rest() throws IOException {
    lock.lock();
    try {
      if (!stopping && isAtRest()) {
        state.force();
        state.compactIfWorthwhile();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The numbers at this moment.
   *
   * @param othersAreDone whether the other tasks have nothing for this one, nor this one for them
   */
  CrawlSnapshot snapshot(BooleanSupplier othersAreDone) {
    lock.lock();
    try {
      CrawlStats stats = state.stats();
      return new CrawlSnapshot(
          stats.fetched(),
          state.pages(),
          deliveries.outstanding(),
          state.frontier().waiting(),
          state.frontier().inFlight(),
          state.frontier().hosts(),
          stats.of(Kind.SKIPPED),
          stats.reasons(Kind.SKIPPED),
          stats.of(Kind.FAILED),
          stats.reasons(Kind.FAILED),
          state.frontier().abandoned(),
          stats.of(Outcome.CHANGED),
          stats.of(Outcome.UNCHANGED),
          stats.of(Outcome.GONE),
          stats.of(Kind.MOVED),
          stats.bytes(),
          stats.perSecond(),
          state.size(),
          isAtRest() && othersAreDone.getAsBoolean(),
          failure);
    } finally {
      lock.unlock();
    }
  }

  /** Lets everybody who waits here go. */
  void stop() {
    lock.lock();
    try {
      stopping = true;
      work.signalAll();
      records.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the state; what was not committed is fetched again by the next crawl. */
  void close() throws IOException {
    lock.lock();
    try {
      state.close();
    } finally {
      lock.unlock();
    }
  }
}

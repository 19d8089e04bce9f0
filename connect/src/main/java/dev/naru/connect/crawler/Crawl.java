package dev.naru.connect.crawler;

import dev.naru.connect.crawler.http.AddressGuard;
import dev.naru.connect.crawler.http.HttpFetcher;
import dev.naru.connect.crawler.state.JournalEntry;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A crawl that runs: workers that fetch and parse what the {@link CrawlBoard} gives them, and a
 * thread that looks after the rest ten times a second. All methods may be called from any thread.
 */
final class Crawl implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Crawl.class);
  private static final long TICK_MS = 100;
  private static final int TICKS_PER_SECOND = 10;
  private static final int TICKS_PER_LINE = 50;
  private static final int TICKS_PER_MINUTE = 600;

  /** How long a host that was given up is left alone, where addresses are asked for again. */
  private static final long REVIVE_MS = TimeUnit.MINUTES.toMillis(10);

  private static final long STOP_WAIT_MS = 5_000;

  private final CrawlerConfig config;
  private final Handover others;
  private final CrawlState state;
  private final CrawlBoard board;
  private final HttpFetcher http;
  private final PageFetcher pages;
  private final List<Thread> threads = new ArrayList<>();
  private final boolean asksAgain;
  private final int sweepParts;
  private boolean restSeen;
  private volatile boolean othersAreDone;

  /**
   * Opens the crawl's state; nothing runs until {@link #start}.
   *
   * @param committedNumber the highest number of a record that Connect says the topic has; 0 when
   *     it says nothing
   */
  Crawl(CrawlerConfig config, long committedNumber) throws IOException {
    this.config = config;
    this.others = Handover.of(config);
    this.state = new CrawlState(config, others, committedNumber);
    this.board = new CrawlBoard(config, state);
    this.http = new HttpFetcher(config.http(), new AddressGuard(config.privateAddressesAllowed()));
    this.pages = new PageFetcher(board, http, config);
    this.othersAreDone = !others.exist();
    this.asksAgain = config.recrawl().isOn();
    this.sweepParts = sweepParts(config.recrawl().minMs());
  }

  /** In how many ticks all addresses are looked at for whether their time has come. */
  private static int sweepParts(long pauseMinMs) {
    return (int) Math.max(1, Math.min(pauseMinMs / 4 / TICK_MS, TICKS_PER_MINUTE));
  }

  void start() {
    LOG.info("Crawl {} runs: {}", config.label(), statusLine());
    for (int i = 0; i < config.politeness().connectionsMax(); i++) {
      threads.add(new Thread(this::workLoop, "crawler-" + config.name() + "-" + i));
    }
    threads.add(new Thread(this::tickLoop, "crawler-" + config.name() + "-tick"));
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Milliseconds of a clock that never goes back. */
  static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void workLoop() {
    try {
      for (Job job = board.nextJob(); job != null; job = board.nextJob()) {
        pages.process(job);
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void tickLoop() {
    try {
      for (int tick = 1; !board.isStopping(); tick++) {
        http.reap();
        tick(tick);
        TimeUnit.MILLISECONDS.sleep(TICK_MS);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Throwable e) {
    board.fail("The crawl cannot go on: " + e.getMessage(), e);
  }

  private void tick(int tick) throws IOException {
    if (tick % TICKS_PER_SECOND == 0) {
      board.locked(this::second);
      board.tidy();
      receive();
    }
    if (asksAgain) {
      board.locked(() -> state.requeueDue(System.currentTimeMillis(), sweepParts));
      if (tick % TICKS_PER_MINUTE == 0) {
        board.locked(() -> state.frontier().revive(nowMs() - REVIVE_MS));
      }
    }
    if (tick % TICKS_PER_LINE == 0 && !board.isAtRest()) {
      board.locked(state::force);
      LOG.info("Crawl {}: {}", config.label(), statusLine());
    }
    lookWhetherAtRest();
  }

  private void second() {
    state.stats().tick();
    if (others.hasPending()) {
      othersAreDone = false;
      others.flush();
    }
    state.flush();
  }

  /** Takes what the other tasks have for this one. */
  private void receive() throws IOException {
    if (!others.exist()) {
      return;
    }
    for (Handover.Batch batch : others.batches()) {
      board.locked(
          () -> {
            for (JournalEntry entry : batch.entries()) {
              state.received(entry);
            }
            state.flush();
          });
      others.received(batch);
    }
    othersAreDone = others.isQuiet();
  }

  private void lookWhetherAtRest() throws IOException {
    if (!board.isAtRest()) {
      restSeen = false;
      return;
    }
    if (restSeen) {
      return;
    }
    restSeen = true;
    board.locked(state::force);
    if (asksAgain) {
      LOG.debug("Crawl {} has nothing to do for now: {}", config.label(), statusLine());
    } else {
      LOG.info("Crawl {} is finished: {}", config.label(), statusLine());
    }
  }

  /**
   * Records that the topic should have, at most {@code max}; waits for the first one, but not for
   * ever.
   */
  List<Delivery> poll(int max, long waitMs) throws InterruptedException {
    return board.poll(max, waitMs);
  }

  /** The topic has this record: the page is done with. */
  void committed(long number) {
    board.committed(number);
  }

  /** What the topic has is remembered even if the process is killed now. */
  void flush() {
    board.locked(state::flush);
  }

  /** Throws if the crawl cannot go on. */
  void throwIfFailed() throws IOException {
    board.throwIfFailed();
  }

  /** The numbers at this moment. */
  CrawlSnapshot snapshot() {
    return board.snapshot(() -> othersAreDone && !others.hasPending());
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
    if (board.isStopping()) {
      return;
    }
    board.stop();
    http.close();
    threads.forEach(Thread::interrupt);
    joinThreads();
    String line = statusLine();
    board.close();
    LOG.info("Crawl {} stops: {}", config.label(), line);
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

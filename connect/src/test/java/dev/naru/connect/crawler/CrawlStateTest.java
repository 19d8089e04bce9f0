package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Ticket;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crawl decides, with time cranked by hand. */
class CrawlStateTest {
  private static final long HOUR_MS = 3_600_000;
  private static final String HOME = "http://127.0.0.1/";

  @TempDir Path folder;
  private final Map<String, String> options = new HashMap<>();
  private CrawlState state;
  private long nowMs = 1_000_000;

  CrawlStateTest() {
    options.put("topic", "pages");
    options.put("crawl.urls", HOME);
    options.put("crawl.robots.obey", "false");
  }

  private void open(long committedNumber) throws IOException {
    if (state != null) {
      state.close();
    }
    options.put("crawl.state.dir", folder.toString());
    CrawlerConfig config = new CrawlerConfig(options);
    state = new CrawlState(config, Handover.of(config), committedNumber);
  }

  @AfterEach
  void close() throws IOException {
    if (state != null) {
      state.close();
    }
  }

  /** The next address in line, or null. */
  private CrawlState.Waiting take() {
    state.requeueDue(nowMs, 1);
    Optional<Ticket> ticket = state.frontier().take(nowMs);
    ticket.ifPresent(t -> state.frontier().answered(t));
    return ticket.map(t -> state.read(t.ref())).orElse(null);
  }

  private static Validators version(long hash) {
    return new Validators("\"" + hash + "\"", null, hash);
  }

  private CrawlState.Handed hand(CrawlState.Waiting waiting, Outcome outcome, Validators learned) {
    return state.handed(waiting, outcome, learned, nowMs);
  }

  private void deliver(CrawlState.Waiting waiting, Outcome outcome, Validators learned) {
    state.confirmed(hand(waiting, outcome, learned), waiting.found().url());
  }

  private static CanonicalUrl url(String text) {
    return CanonicalUrl.parse(text).orElseThrow();
  }

  /** Lets an hour pass at a time until something is in line; how many that took. */
  private int hoursUntilNext() {
    for (int hours = 1; hours < 2_000; hours++) {
      nowMs += HOUR_MS;
      state.requeueDue(nowMs, 1);
      if (state.frontier().waiting() > 0) {
        return hours;
      }
    }
    throw new AssertionError("never");
  }

  @Test
  void thePauseBetweenVisitsFollowsWhatTheyFind() throws IOException {
    options.put("crawl.recrawl.after.ms", Long.toString(HOUR_MS));
    options.put("crawl.recrawl.max.ms", Long.toString(6 * HOUR_MS));
    open(0);
    CrawlState.Waiting page = take();
    assertNull(page.found().last());
    deliver(page, Outcome.DELIVERED, version(1));
    nowMs += HOUR_MS - 1;
    assertNull(take(), "not before its time");
    nowMs++;
    page = take();
    assertEquals(version(1), page.found().last(), "the next visit is conditional");
    assertNull(take(), "once, however often one looks");
    state.done(page, Outcome.UNCHANGED, page.found().last(), null, nowMs);
    assertEquals(2, hoursUntilNext());
    open(0);
    page = take();
    assertEquals(version(1), page.found().last(), "a restart forgets neither page nor time");
    state.done(page, Outcome.UNCHANGED, version(1), null, nowMs);
    assertEquals(4, hoursUntilNext());
    state.done(take(), Outcome.UNCHANGED, version(1), null, nowMs);
    assertEquals(6, hoursUntilNext(), "the longest pause");
    deliver(take(), Outcome.CHANGED, version(2));
    assertEquals(3, hoursUntilNext());
    page = take();
    assertEquals(version(2), page.found().last());
    state.done(page, Outcome.TIMEOUT, null, "later", nowMs);
    assertEquals(1, state.pages(), "a page that cannot be had for once is still in the topic");
    assertEquals(3, hoursUntilNext());
    page = take();
    assertEquals(version(2), page.found().last());
    deliver(page, Outcome.GONE, null);
    assertEquals(0, state.pages());
    assertEquals(6, hoursUntilNext(), "what is gone may come back");
    page = take();
    assertNull(page.found().last());
    deliver(page, Outcome.DELIVERED, version(3));
    assertEquals(1, state.pages());
  }

  @Test
  void aSitemapThatSaysThatAPageIsNewerBringsItForward() throws IOException {
    options.put("crawl.recrawl.after.ms", Long.toString(100 * HOUR_MS));
    open(0);
    CrawlState.Waiting page = take();
    deliver(page, Outcome.DELIVERED, version(1));
    nowMs += HOUR_MS;
    state.listed(page.found(), nowMs - 2 * HOUR_MS);
    assertNull(take(), "older than the visit");
    state.listed(page.found(), nowMs - 1);
    assertEquals(page.found().url(), take().found().url());
  }

  @Test
  void aRecordIsMadeAgainUnlessTheTopicHasIt() throws IOException {
    open(0);
    assertEquals(1, hand(take(), Outcome.DELIVERED, version(1)).done().number());
    open(1);
    assertNull(take(), "Connect says that the topic has it, though nobody told the task");
    assertEquals(1, state.pages());
    assertTrue(state.offer(FoundUrl.seed(url(HOME + "two"))));
    hand(take(), Outcome.DELIVERED, version(2));
    open(1);
    CrawlState.Waiting again = take();
    assertEquals(HOME + "two", again.found().url().toString());
    assertEquals(3, hand(again, Outcome.DELIVERED, version(2)).done().number());
    assertTrue(state.offer(FoundUrl.seed(url(HOME + "three"))));
    CrawlState.Waiting three = take();
    open(1);
    assertTrue(state.lastNumber() >= 3, "numbers are never used twice");
    for (CrawlState.Waiting next = take(); next != null; next = take()) {
      if (next.found().url().equals(three.found().url())) {
        deliver(next, Outcome.DELIVERED, version(3));
      }
    }
    // Now Connect's number is above those that "two" had in vain.
    open(state.lastNumber());
    assertEquals(HOME + "two", take().found().url().toString(), "it is still missing");
    assertNull(take());
  }

  @Test
  void aFullCrawlStillLooksAfterWhatItHas() throws IOException {
    options.put("crawl.recrawl.after.ms", Long.toString(HOUR_MS));
    options.put("crawl.pages.max", "2");
    open(0);
    for (int i = 0; i < 500; i++) {
      state.offer(FoundUrl.seed(url(HOME + i)));
    }
    deliver(take(), Outcome.DELIVERED, version(1));
    assertFalse(state.isFull());
    deliver(take(), Outcome.DELIVERED, version(2));
    assertTrue(state.isFull());
    assertNull(take());
    state.offer(FoundUrl.seed(url(HOME + "late")));
    assertNull(take());
    nowMs += HOUR_MS;
    state.done(take(), Outcome.UNCHANGED, version(1), null, nowMs);
    state.done(take(), Outcome.UNCHANGED, version(2), null, nowMs);
    assertNull(take());
    options.put("crawl.pages.max", "1000");
    open(0);
    int left = 0;
    for (CrawlState.Waiting next = take(); next != null; next = take()) {
      state.done(next, Outcome.EMPTY, null, null, nowMs);
      left++;
    }
    assertEquals(500, left, "the others had only been put off");
  }

  @Test
  void theJournalIsRewrittenWhenMostOfItIsOvertaken() throws IOException {
    options.put("crawl.recrawl.after.ms", "1");
    options.put("crawl.recrawl.max.ms", "1");
    open(0);
    deliver(take(), Outcome.DELIVERED, version(1));
    for (int i = 0; i < 100; i++) {
      state.offer(FoundUrl.seed(url(HOME + i)));
    }
    for (int i = 0; i < 50; i++) {
      deliver(take(), Outcome.DELIVERED, version(100 + i));
    }
    long number = state.lastNumber();
    while (state.size().journalBytes() < 6 << 20) {
      nowMs += 2;
      CrawlState.Waiting page = take();
      if (page.found().last() != null) {
        state.done(page, Outcome.UNCHANGED, page.found().last(), null, nowMs);
      } else {
        state.done(page, Outcome.CLIENT_ERROR, null, null, nowMs);
      }
    }
    nowMs += 2;
    state.compactIfWorthwhile();
    assertTrue(state.size().journalBytes() < 100_000, "bytes: " + state.size().journalBytes());
    assertEquals(51, state.pages());
    Map<String, Validators> after = new HashMap<>();
    for (CrawlState.Waiting next = take(); next != null; next = take()) {
      after.put(next.found().url().toString(), next.found().last());
    }
    assertEquals(101, after.size());
    assertEquals(version(1), after.get(HOME));
    open(0);
    assertEquals(51, state.pages());
    assertEquals(number, state.lastNumber());
  }

  @Test
  void aDuplicateBecomesAPageWhenItsTwinChanges() throws IOException {
    options.put("crawl.recrawl.after.ms", Long.toString(HOUR_MS));
    open(0);
    CrawlState.Waiting one = take();
    assertFalse(state.isDuplicate(one.found(), 7));
    deliver(one, Outcome.DELIVERED, version(7));
    FoundUrl two = FoundUrl.seed(url(HOME + "two"));
    assertTrue(state.isDuplicate(two, 7));
    nowMs += HOUR_MS;
    one = take();
    assertFalse(state.isDuplicate(one.found(), 8));
    deliver(one, Outcome.CHANGED, version(8));
    assertFalse(state.isDuplicate(two, 7), "nobody has this content any more");
  }
}

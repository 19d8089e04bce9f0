package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.http.FetchException;
import dev.naru.connect.crawler.http.HttpAnswer;
import dev.naru.connect.crawler.http.HttpFetcher;
import dev.naru.connect.crawler.http.HttpRequest;
import dev.naru.connect.crawler.http.RetryAfter;
import dev.naru.connect.crawler.page.Page;
import dev.naru.connect.crawler.page.PageParser;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.apache.kafka.connect.data.Struct;

/**
 * Does one job from beginning to end: asks, reads the answer, and reports to the board. Called by
 * its workers.
 */
final class PageFetcher {
  private static final Set<String> PAGE_TYPES =
      Set.of("text/html", "application/xhtml+xml", "text/plain", "");
  private static final String ACCEPT = "text/html,application/xhtml+xml,text/plain;q=0.8";
  private static final String ACCEPT_SITEMAP =
      "application/xml,text/xml,text/plain;q=0.8,*/*;q=0.5";
  private static final int VALIDATOR_CHARS_MAX = 200;

  private final CrawlBoard board;
  private final HttpFetcher http;
  private final CrawlerConfig config;
  private final RobotsFetcher robots;
  private final PageParser parser;
  private final PageRecords records;

  /**
   * A parsed page is many times its size; as many at a time as there are processors is all that
   * makes sense.
   */
  private final Semaphore parsing = new Semaphore(Runtime.getRuntime().availableProcessors());

  PageFetcher(CrawlBoard board, HttpFetcher http, CrawlerConfig config) {
    this.board = board;
    this.http = http;
    this.config = config;
    this.robots = new RobotsFetcher(http, config.robotsName());
    this.parser = new PageParser(config.textCharsMax(), config.linksMax(), config.fields());
    this.records = new PageRecords(config.recordBytesMax(), config.fields());
  }

  void process(Job job) {
    try {
      if (job.ticket().robots()) {
        board.robotsAnswered(job.ticket(), robots.fetch(job.ticket().origin(), Crawl.nowMs()));
      } else if (job.found().kind() == FoundUrl.Kind.SITEMAP) {
        sitemap(job);
      } else if (job.rules().allowed().test(job.found().url().toString())) {
        page(job);
      } else {
        board.disallowed(job);
      }
    } catch (FetchException e) {
      Failure failure = job.ticket().robots() ? Failure.HOST : e.failure();
      board.failed(job, e.outcome(), failure, 0, e.getMessage());
    }
  }

  private void page(Job job) throws FetchException {
    Validators last = job.found().last();
    HttpRequest request =
        new HttpRequest(
            job.found().url(),
            ACCEPT,
            PAGE_TYPES::contains,
            config.pageBytesMax(),
            false,
            last == null ? null : last.etag(),
            last == null ? null : last.lastModified());
    HttpAnswer answer = http.fetch(request);
    if (answer.status() == 304 && last != null) {
      board.settle(job, Outcome.UNCHANGED, last, null);
    } else if (answered(job, answer)) {
      board.fetched(answer.body().length);
      read(job, answer);
    }
  }

  private void sitemap(Job job) throws FetchException {
    Validators last = job.found().last();
    HttpAnswer answer =
        http.fetch(
            new HttpRequest(
                job.found().url(),
                ACCEPT_SITEMAP,
                type -> true,
                Sitemaps.BYTES_MAX,
                false,
                last == null ? null : last.etag(),
                last == null ? null : last.lastModified()));
    if (answer.status() == 304 && last != null) {
      board.settle(job, Outcome.SITEMAP, last, null);
    } else if (answered(job, answer)) {
      readSitemap(job, answer);
    }
  }

  private void readSitemap(Job job, HttpAnswer answer) {
    Sitemaps.Listed listed;
    try {
      listed = Sitemaps.parse(job.found().url(), answer.body());
    } catch (IOException | RuntimeException e) {
      board.settle(job, Outcome.UNREADABLE, null, e.getMessage());
      return;
    }
    board.listed(job.found(), listed);
    long hash = CanonicalUrl.hash(new String(answer.body(), StandardCharsets.ISO_8859_1));
    board.settle(job, Outcome.SITEMAP, learned(answer, hash), null);
  }

  /** Whether there is a body to read; whatever else was answered is dealt with here. */
  private boolean answered(Job job, HttpAnswer answer) {
    int status = answer.status();
    String detail = "HTTP " + status;
    if (status / 100 == 2) {
      Outcome refusal =
          answer.refusal() == null && answer.body().length == 0 ? Outcome.EMPTY : answer.refusal();
      if (refusal != null) {
        board.settle(job, refusal, null, answer.header("content-type"));
      }
      return refusal == null;
    }
    if (status / 100 == 3) {
      redirect(job, answer);
    } else if (status == 429 || status == 503) {
      long pauseMs = RetryAfter.parseMs(answer.header("retry-after"), System.currentTimeMillis());
      board.failed(
          job,
          status == 429 ? Outcome.CLIENT_ERROR : Outcome.SERVER_ERROR,
          Failure.HOST,
          pauseMs,
          detail);
    } else if (status / 100 == 5 || status == 408) {
      board.failed(
          job, status == 408 ? Outcome.TIMEOUT : Outcome.SERVER_ERROR, Failure.SERVER, 0, detail);
    } else if ((status == 404 || status == 410) && job.isInTopic()) {
      board.deliver(job, null, Outcome.GONE, null, 0);
    } else {
      board.settle(
          job, status / 100 == 4 ? Outcome.CLIENT_ERROR : Outcome.BAD_ANSWER, null, detail);
    }
    return false;
  }

  private void redirect(Job job, HttpAnswer answer) {
    Optional<CanonicalUrl> target =
        answer.header("location") == null
            ? Optional.empty()
            : job.found().url().resolve(answer.header("location"));
    if (target.isPresent() && job.isInTopic()) {
      board.movedAway(job, target.get());
    } else if (target.isPresent()) {
      board.redirected(job, target.get());
    } else {
      board.settle(
          job,
          Outcome.BAD_ANSWER,
          null,
          "HTTP " + answer.status() + " leads to " + answer.header("location"));
    }
  }

  private void read(Job job, HttpAnswer answer) {
    Page page;
    Struct value;
    PageRecords.Source source =
        new PageRecords.Source(
            answer.status(), answer.header("content-type"), answer.body().length, Instant.now());
    parsing.acquireUninterruptibly();
    try {
      page =
          parser.parse(
              job.found().url(),
              answer.body(),
              answer.header("content-type"),
              answer.header("x-robots-tag"));
      value = records.value(job.found(), page, source);
    } catch (RuntimeException | StackOverflowError e) {
      board.settle(job, Outcome.UNREADABLE, null, e.toString());
      return;
    } finally {
      parsing.release();
    }
    follow(job, page);
    decide(job, page, value, learned(answer, page.contentHash64()));
  }

  private void follow(Job job, Page page) {
    boolean obey = config.obeyRobots();
    if (obey && !page.mayFollow()) {
      board.notFollowed(page.links());
    } else {
      board.offer(page.links().stream().map(job.found()::link).toList());
    }
    if (obey) {
      board.notFollowed(page.noFollow());
    } else {
      board.offer(page.noFollow().stream().map(job.found()::link).toList());
    }
  }

  private void decide(Job job, Page page, Struct value, Validators learned) {
    FoundUrl found = job.found();
    long hash = page.contentHash64();
    if (config.obeyRobots() && !page.mayIndex()) {
      leaveOut(job, Outcome.NO_INDEX, null);
    } else if (board.yieldsTo(found, page.canonical())) {
      leaveOut(job, Outcome.CANONICAL_ELSEWHERE, "it is " + page.canonical());
    } else if (job.isInTopic() && found.last().contentHash() == hash) {
      board.settle(job, Outcome.UNCHANGED, learned, null);
    } else if (board.isDuplicate(found, hash)) {
      leaveOut(job, Outcome.DUPLICATE, null);
    } else {
      // A Java string of a page is about as large as its JSON.
      int bytes = value.getString("text").length() + 200 * value.getArray("links").size() + 2_048;
      board.deliver(
          job, value, job.isInTopic() ? Outcome.CHANGED : Outcome.DELIVERED, learned, bytes);
    }
  }

  /** The page is not for the topic; if the topic has it, its record goes. */
  private void leaveOut(Job job, Outcome why, String detail) {
    if (job.isInTopic()) {
      board.deliver(job, null, why, null, 0);
    } else {
      board.settle(job, why, null, detail);
    }
  }

  private static Validators learned(HttpAnswer answer, long contentHash) {
    return new Validators(
        validator(answer.header("etag")), validator(answer.header("last-modified")), contentHash);
  }

  private static String validator(String header) {
    return header == null || header.length() > VALIDATOR_CHARS_MAX ? null : header;
  }
}

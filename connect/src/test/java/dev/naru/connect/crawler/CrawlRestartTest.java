package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a crawl knows after a stop, clean or not, and what it does with it later. */
@Tag("once")
class CrawlRestartTest extends OnSite {
  @Test
  void aRestartInTheMiddleContinues() throws Exception {
    List<String> links = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      links.add("/p" + i);
      site.page("/p" + i, html("p" + i, "/q" + i)).page("/q" + i, html("q" + i));
    }
    site.page("/", html("home", links.toArray(String[]::new)));
    Map<String, Integer> committed;
    try (CrawlRun run = run(Map.of())) {
      run.until(r -> r.pages.size() >= 100, true);
      committed = Map.copyOf(run.timesSeen);
    }
    int askedBefore = site.askedInAll();
    Map<String, Integer> uncommitted;
    try (CrawlRun run = run(Map.of())) {
      run.until(r -> r.pages.size() >= 50, false);
      uncommitted = Map.copyOf(run.timesSeen);
      assertTrue(
          uncommitted.keySet().stream().noneMatch(committed::containsKey),
          "what was committed is not fetched again");
    }
    try (CrawlRun run = run(Map.of()).finish()) {
      assertTrue(
          run.pages.keySet().containsAll(uncommitted.keySet()),
          "what was not committed comes again");
      assertEquals(601 - committed.size(), run.pages.size());
      assertEquals(601L, run.attribute("Delivered"));
    }
    assertTrue(askedBefore < site.askedInAll());
    int askedAtEnd = site.askedInAll();
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(0, run.pages.size());
      assertEquals(askedAtEnd, site.askedInAll(), "a finished crawl stays finished");
    }
  }

  @Test
  void aKillAfterConnectHasCommittedRepeatsNothing() throws Exception {
    site.page("/", html("home", "/p")).page("/p", html("p"));
    Path left = folder.resolve("left").resolve("test");
    try (CrawlRun run = run(Map.of()).until(r -> r.pages.size() == 2, true)) {
      run.commit();
      // What a kill leaves: the journal as far as the operating system has it, and no offset.
      Files.createDirectories(left);
      Files.copy(folder.resolve("test").resolve("crawl.journal"), left.resolve("crawl.journal"));
    }
    try (CrawlRun run = new CrawlRun(left.getParent(), site.url("/"), Map.of()).finish()) {
      assertEquals(Set.of(), run.pages.keySet());
      assertEquals(2L, run.attribute("Delivered"));
    }
  }

  @Test
  void pagesAreAskedForAgain() throws Exception {
    AtomicInteger version = new AtomicInteger();
    AtomicInteger notModified = new AtomicInteger();
    site.page("/", html("home", "/tagged", "/changes", "/vanishes", "/steady", "/moves"))
        .page("/steady", html("steady"))
        .on(
            "/tagged",
            exchange -> {
              exchange.getResponseHeaders().set("ETag", "\"v1\"");
              boolean same =
                  "\"v1\"".equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
              notModified.addAndGet(same ? 1 : 0);
              Site.answer(
                  exchange,
                  same ? 304 : 200,
                  "text/html",
                  same ? new byte[0] : html("tagged").getBytes(StandardCharsets.UTF_8));
            })
        .on(
            "/changes",
            e ->
                Site.answer(
                    e,
                    200,
                    "text/html",
                    html("version " + version.get(), "/extra" + version.get())
                        .getBytes(StandardCharsets.UTF_8)))
        .on(
            "/vanishes",
            e ->
                Site.answer(
                    e,
                    version.get() == 0 ? 200 : 404,
                    "text/html",
                    html("vanishes").getBytes(StandardCharsets.UTF_8)))
        .on(
            "/moves",
            e -> {
              e.getResponseHeaders().set("Location", "/moved");
              Site.answer(
                  e,
                  version.get() == 0 ? 200 : 301,
                  "text/html",
                  html("moves").getBytes(StandardCharsets.UTF_8));
            })
        .page("/moved", html("moved"))
        .page("/extra0", html("extra0"))
        .page("/extra1", html("extra1"));
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(7, run.pages.size());
    }
    version.set(1);
    try (CrawlRun run = run(Map.of("crawl.recrawl.after.ms", "0"))) {
      run.until(r -> r.pages.size() == 5 && notModified.get() >= 1, true);
      assertEquals(Set.of("/changes", "/extra1", "/vanishes", "/moves", "/moved"), paths(run));
      assertEquals(1L, run.attribute("Changed"));
      assertEquals(2L, run.attribute("Gone"));
      assertEquals(7L, run.attribute("Delivered"), "pages that the topic has");
      assertNull(run.pages.get(site.url("/moves")), "so does one that moved");
      assertNull(run.pages.get(site.url("/vanishes")), "a page that is gone leaves a tombstone");
    }
  }

  @Test
  void aFolderInUseAndADamagedOneAreSaidClearly() throws Exception {
    site.page("/", html("home"));
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(1, run.pages.size());
    }
    Path journal = folder.resolve("test").resolve("crawl.journal");
    Files.write(journal, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(0, run.pages.size(), "an unfinished tail is cut");
    }
    byte[] bytes = Files.readAllBytes(journal);
    bytes[20] ^= 1;
    Files.write(journal, bytes);
    Files.write(journal, new byte[4 << 20], StandardOpenOption.APPEND);
    ConnectException damaged = assertThrows(ConnectException.class, () -> run(Map.of()));
    assertTrue(damaged.getMessage().contains("is damaged at byte 0"), damaged.getMessage());
  }

  @Test
  void resettingOffsetsBeginsAnew() throws Exception {
    site.page("/", html("home"));
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(1, run.pages.size());
    }
    Map<String, String> config =
        Map.of(
            "name",
            "test",
            "topic",
            "pages",
            "crawl.urls",
            site.url("/"),
            "crawl.state.dir",
            folder.toString());
    CrawlerSourceConnector connector = new CrawlerSourceConnector();
    Map<Map<String, ?>, Map<String, ?>> set = Map.of(Map.of("crawl", "test"), Map.of("record", 1L));
    assertThrows(ConfigException.class, () -> connector.alterOffsets(config, set));
    assertTrue(connector.alterOffsets(config, Map.of()));
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(1, run.pages.size());
    }
  }
}

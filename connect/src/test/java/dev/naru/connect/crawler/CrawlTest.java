package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The crawler against sites that behave, and sites that do not. */
class CrawlTest {
  static {
    // Without this the JDK's server waits for delayed acknowledgements, 40 ms a page.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  @TempDir Path folder;
  private Site site;

  @BeforeEach
  void open() throws Exception {
    site = new Site("127.0.0.1");
  }

  @AfterEach
  void close() {
    site.close();
  }

  private CrawlRun run(Map<String, String> more) {
    return new CrawlRun(folder, site.url("/"), more);
  }

  private Set<String> paths(CrawlRun run) {
    return new java.util.TreeSet<>(
        run.pages.keySet().stream().map(url -> url.substring(site.url("").length())).toList());
  }

  /** A page with a text of its own, and links. */
  private static String html(String name, String... links) {
    StringBuilder html =
        new StringBuilder(
            "<html lang=en><title>"
                + name
                + "</title><p>This is the page named "
                + name
                + "; its text is long enough to be compared.");
    for (String link : links) {
      html.append("<a href='").append(link).append("'>").append(link).append("</a>");
    }
    return html.toString();
  }

  @Test
  void crawlsASiteAndWritesReadableRecords() throws Exception {
    site.page(
            "/",
            html("home", "/a", "b?x=1", "http://elsewhere.example/", "/missing", "picture.png"))
        .page("/a", html("a", "/", "/a#part", "/old"))
        .page("/b", html("b"))
        .redirect("/old", "/new")
        .page("/new", html("new"));
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(Set.of("/", "/a", "/b?x=1", "/new"), paths(run));
      assertEquals("out of scope 1, file name of another type 1", run.skipped());
      assertEquals("HTTP 4xx 1", run.failed());
      assertEquals(1, site.asked("/a"));
      Struct page = run.pages.get(site.url("/new"));
      page.validate();
      assertEquals(site.url("/old"), page.getString("redirected_from"));
      assertEquals(site.url("/a"), page.getString("referrer"));
      assertEquals(2, page.getInt32("depth"));
      assertEquals("en", page.getString("language"));
      try (JsonConverter json = new JsonConverter()) {
        json.configure(Map.of("schemas.enable", "false"), false);
        String text =
            new String(
                json.fromConnectData("pages", PageRecords.PAGE, page), StandardCharsets.UTF_8);
        assertTrue(
            text.startsWith("{\"url\":\"http://127.0.0.1:") && text.contains("\"title\":\"new\""),
            text);
      }
    }
  }

  @Test
  void serverErrorsAreTriedAgainAndThenGivenUp() throws Exception {
    AtomicInteger flaky = new AtomicInteger();
    site.page("/", html("home", "/flaky", "/broken"))
        .on(
            "/flaky",
            exchange -> {
              boolean ok = flaky.incrementAndGet() > 2;
              Site.answer(
                  exchange,
                  ok ? 200 : 500,
                  "text/html",
                  html("flaky").getBytes(StandardCharsets.UTF_8));
            })
        .on("/broken", exchange -> Site.answer(exchange, 500, "text/html", new byte[0]));
    try (CrawlRun run = run(Map.of("crawl.retries.max", "3")).finish()) {
      assertEquals(Set.of("/", "/flaky"), paths(run));
      assertEquals("HTTP 5xx 1", run.failed());
      assertEquals(4, site.asked("/broken"));
    }
  }

  @Test
  void tooManyRequestsPausesTheHostForAsLongAsItAsks() throws Exception {
    List<Long> askedAtNs = new ArrayList<>();
    site.page("/", html("home", "/busy"))
        .on(
            "/busy",
            exchange -> {
              askedAtNs.add(System.nanoTime());
              exchange.getResponseHeaders().set("Retry-After", "1");
              Site.answer(
                  exchange,
                  askedAtNs.size() > 1 ? 200 : 429,
                  "text/html",
                  html("busy").getBytes(StandardCharsets.UTF_8));
            });
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(Set.of("/", "/busy"), paths(run));
      assertTrue(askedAtNs.get(1) - askedAtNs.get(0) >= TimeUnit.MILLISECONDS.toNanos(990));
    }
  }

  @Test
  void redirectsThatLeadNowhereEnd() throws Exception {
    site.page("/", html("home", "/self", "/ping", "/chain0"))
        .redirect("/self", "/self")
        .redirect("/ping", "/pong")
        .redirect("/pong", "/ping");
    for (int i = 0; i < 5; i++) {
      site.redirect("/chain" + i, "/chain" + (i + 1));
    }
    try (CrawlRun run = run(Map.of("crawl.redirects.max", "3")).finish()) {
      assertEquals(Set.of("/"), paths(run));
      assertEquals("redirect loop 2, too many redirects 1", run.skipped());
      assertEquals(0, site.asked("/chain4"));
    }
  }

  @Test
  void bombsAndGiantsAreCutOff() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 200; i++) {
        gzip.write(zeros);
      }
    }
    AtomicInteger sentMiB = new AtomicInteger();
    site.page(
            "/",
            html("home", "/bomb", "/giant", "/announced", "/zip", "/strange", "/notzip", "/good"))
        .on(
            "/bomb",
            exchange -> {
              exchange.getResponseHeaders().set("Content-Encoding", "gzip");
              Site.answer(exchange, 200, "text/html", bomb.toByteArray());
            })
        .on(
            "/giant",
            exchange -> {
              exchange.getResponseHeaders().set("Content-Type", "text/html");
              exchange.sendResponseHeaders(200, 0);
              OutputStream out = exchange.getResponseBody();
              for (int i = 0; i < 2_000; i++) {
                out.write(new byte[1 << 20]);
                sentMiB.incrementAndGet();
              }
            })
        .on(
            "/announced",
            exchange -> {
              exchange.getResponseHeaders().set("Content-Type", "text/html");
              exchange.sendResponseHeaders(200, 1L << 40);
              exchange.getResponseBody().write(new byte[10]);
              exchange.getResponseBody().flush();
            })
        .on("/zip", exchange -> Site.answer(exchange, 200, "application/zip", new byte[1000]))
        .on(
            "/strange",
            exchange -> {
              exchange.getResponseHeaders().set("Content-Encoding", "br");
              Site.answer(exchange, 200, "text/html", new byte[1000]);
            })
        .on(
            "/notzip",
            exchange -> {
              exchange.getResponseHeaders().set("Content-Encoding", "gzip");
              Site.answer(exchange, 200, "text/html", html("x").getBytes(StandardCharsets.UTF_8));
            })
        .on(
            "/good",
            exchange -> {
              exchange.getResponseHeaders().set("Content-Encoding", "gzip");
              ByteArrayOutputStream zipped = new ByteArrayOutputStream();
              try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
                gzip.write(html("good").getBytes(StandardCharsets.UTF_8));
              }
              Site.answer(exchange, 200, "text/html", zipped.toByteArray());
            });
    try (CrawlRun run = run(Map.of("crawl.page.bytes.max", "1048576")).finish()) {
      assertEquals(Set.of("/", "/good"), paths(run));
      assertEquals(
          "content of another type 1, unsupported content encoding 1, too large 3", run.skipped());
      assertEquals("malformed answer 1", run.failed());
      assertTrue(sentMiB.get() < 100, sentMiB + " MiB were taken");
    }
  }

  @Test
  void dripsAndEndlessHeadersAreCutOff() throws Exception {
    try (RawServer drip =
            new RawServer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "x", 20);
        RawServer headers =
            new RawServer("HTTP/1.1 200 OK\r\n", "X-Long: " + "y".repeat(900) + "\r\n", 0);
        RawServer line = new RawServer("HTTP/1.1 200 OK\r\nX: ", "z".repeat(1000), 0);
        RawServer nonsense = new RawServer("SSH-2.0-OpenSSH_9.2\r\n", "?", 50)) {
      site.page("/", html("home", drip.url(), headers.url(), line.url(), nonsense.url()));
      Map<String, String> options =
          Map.of(
              "crawl.scope",
              "any",
              "crawl.retries.max",
              "0",
              "crawl.page.timeout.ms",
              "700",
              "crawl.robots.obey",
              "false");
      try (CrawlRun run = run(options).finish()) {
        assertEquals(Set.of("/"), paths(run));
        assertEquals("malformed answer 3, timeout 1", run.failed());
      }
    }
  }

  /** Sends a start, and then the same thing for ever. */
  private static final class RawServer implements AutoCloseable {
    private final ServerSocket server;
    private final AtomicInteger served = new AtomicInteger();

    RawServer(String start, String endlessly, long pauseMs) throws Exception {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(() -> serve(start, endlessly, pauseMs));
      thread.setDaemon(true);
      thread.start();
    }

    private void serve(String start, String endlessly, long pauseMs) {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          OutputStream out = socket.getOutputStream();
          out.write(start.getBytes(StandardCharsets.ISO_8859_1));
          while (true) {
            out.write(endlessly.getBytes(StandardCharsets.ISO_8859_1));
            TimeUnit.MILLISECONDS.sleep(pauseMs);
          }
        } catch (IOException clientLeft) {
          served.incrementAndGet();
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    String url() {
      return "http://127.0.0.1:" + server.getLocalPort() + "/";
    }

    @Override
    public void close() throws Exception {
      server.close();
    }
  }

  @Test
  void endlessCalendarsEnd() throws Exception {
    site.page("/", html("home", "/calendar?day=0", "/dig/"))
        .on(
            "/calendar",
            exchange -> {
              int day = Integer.parseInt(exchange.getRequestURI().getQuery().substring(4));
              String page =
                  html("day " + day, "/calendar?day=" + (day + 1), "/calendar?day=" + (day + 1000));
              Site.answer(exchange, 200, "text/html", page.getBytes(StandardCharsets.UTF_8));
            })
        .otherwise(
            exchange -> {
              String path = exchange.getRequestURI().getPath();
              boolean dig = path.startsWith("/dig/");
              Site.answer(
                  exchange,
                  dig ? 200 : 404,
                  "text/html",
                  html(path, "dig/").getBytes(StandardCharsets.UTF_8));
            });
    try (CrawlRun run = run(Map.of("crawl.per.path.queries.max", "40")).finish()) {
      assertTrue(run.skipped().contains("too many queries on one path"), run.skipped());
      assertTrue(run.skipped().contains("path repeats itself"), run.skipped());
      assertEquals(40, paths(run).stream().filter(p -> p.startsWith("/calendar")).count());
    }
    try (CrawlRun run =
        new CrawlRun(folder.resolve("deep"), site.url("/"), Map.of("crawl.depth.max", "3"))
            .finish()) {
      assertTrue(run.skipped().contains("too deep"), run.skipped());
    }
  }

  @Test
  void duplicatesAreSkippedAndCounted() throws Exception {
    site.page("/", html("home", "/one", "/two", "/print", "/lost", "/loop1", "/hidden", "/quiet"))
        .page("/one", html("same"))
        .page("/two", html("same"))
        .page("/print", html("print") + "<link rel=canonical href=/article>")
        .page("/article", html("article"))
        .page("/lost", html("lost") + "<link rel=canonical href=/gone>")
        .page("/loop1", html("loop1") + "<link rel=canonical href=/loop2>")
        .page("/loop2", html("loop2") + "<link rel=canonical href=/loop1>")
        .page("/hidden", html("hidden", "/found") + "<meta name=robots content=noindex>")
        .page("/quiet", html("quiet", "/unfound") + "<meta name=robots content=nofollow>")
        .page("/found", html("found"));
    try (CrawlRun run = run(Map.of("crawl.connections.max", "1")).finish()) {
      assertEquals(
          Set.of("/", "/one", "/article", "/lost", "/loop2", "/quiet", "/found"), paths(run));
      assertEquals(
          "same content as another page 1, canonical page is another 3, page asks not to be indexed 1, link asks not to be followed 1",
          run.skipped());
    }
  }

  @Test
  void robotsTxtIsObeyedAndItsSitemapsAreRead() throws Exception {
    String robots =
        "User-agent: *\nDisallow: /\n\nUser-agent: naru\nDisallow: /private\nAllow: /private/but\nSitemap: /maps/index.xml\n";
    String index =
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>"
            + site.url("/maps/one.xml")
            + "</loc></sitemap></sitemapindex>";
    String one =
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>"
            + site.url("/island")
            + "</loc></url></urlset>";
    site.page("/", html("home", "/private/x", "/private/but", "/open"))
        .page("/private/x", html("x"))
        .page("/private/but", html("but"))
        .page("/open", html("open"))
        .page("/island", html("island"))
        .on(
            "/robots.txt",
            e ->
                Site.answer(
                    e,
                    200,
                    "text/plain",
                    robots
                        .replace("/maps/index.xml", site.url("/maps/index.xml"))
                        .getBytes(StandardCharsets.UTF_8)))
        .on(
            "/maps/index.xml",
            e -> Site.answer(e, 200, "application/xml", index.getBytes(StandardCharsets.UTF_8)))
        .on(
            "/maps/one.xml",
            e -> Site.answer(e, 200, "application/xml", one.getBytes(StandardCharsets.UTF_8)));
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(Set.of("/", "/private/but", "/open", "/island"), paths(run));
      assertEquals("disallowed by robots.txt 1", run.skipped());
      assertEquals(0, site.asked("/private/x"));
      assertEquals(1, site.asked("/robots.txt"));
    }
  }

  @Test
  void brokenRobotsTxtHoldsTheHostBack() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    site.page("/", html("home"))
        .on(
            "/robots.txt",
            e -> {
              assertEquals(0, site.asked("/"), "no page before robots.txt");
              Site.answer(e, asked.incrementAndGet() > 2 ? 404 : 503, "text/plain", new byte[0]);
            });
    try (CrawlRun run = run(Map.of()).finish()) {
      assertEquals(Set.of("/"), paths(run));
      assertEquals(3, asked.get());
    }
  }

  @Test
  void aSlowHostDoesNotHoldAFastOne() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (Site slow = new Site("127.0.0.2")) {
      slow.on("/robots.txt", e -> Site.answer(e, 404, "text/plain", new byte[0]));
      slow.otherwise(
          exchange -> {
            try {
              release.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            Site.answer(
                exchange,
                200,
                "text/html",
                html(exchange.getRequestURI().getPath()).getBytes(StandardCharsets.UTF_8));
          });
      List<String> links = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        links.add(slow.url("/slow" + i));
        links.add("/fast" + i);
        site.page("/fast" + i, html("fast" + i));
      }
      site.page("/", html("home", links.toArray(String[]::new)));
      Map<String, String> options =
          Map.of(
              "crawl.scope",
              "any",
              "crawl.connections.max",
              "8",
              "crawl.read.timeout.ms",
              "30000",
              "crawl.page.timeout.ms",
              "30000");
      try (CrawlRun run = run(options)) {
        run.until(r -> r.pages.size() == 51, true);
        assertTrue(run.pages.keySet().stream().noneMatch(url -> url.contains("slow")));
        release.countDown();
        run.finish();
        assertEquals(101, run.pages.size());
      }
    }
  }

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
  void aRecrawlAsksOnlyForWhatChanged() throws Exception {
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
      run.until(r -> (int) r.attribute("Round") > 2, true);
      assertEquals(Set.of("/changes", "/extra1", "/vanishes", "/moves", "/moved"), paths(run));
      assertNull(run.pages.get(site.url("/moves")), "so does one that moved");
      assertNull(run.pages.get(site.url("/vanishes")), "a page that is gone leaves a tombstone");
      assertTrue(notModified.get() >= 1);
    }
  }

  @Test
  void thePageLimitHolds() throws Exception {
    List<String> links = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      links.add("/p" + i);
      site.page("/p" + i, html("p" + i));
    }
    site.page("/", html("home", links.toArray(String[]::new)));
    try (CrawlRun run = run(Map.of("crawl.pages.max", "10")).finish()) {
      assertEquals(10, run.pages.size());
    }
    try (CrawlRun run = run(Map.of("crawl.pages.max", "30")).finish()) {
      assertEquals(20, run.pages.size(), "a higher limit continues");
    }
  }

  @Test
  void privateAddressesAreRefusedUnlessAllowed() throws Exception {
    site.page("/", html("home"));
    try (CrawlRun run =
        run(Map.of("crawl.private.addresses.allow", "false", "crawl.robots.obey", "false"))
            .finish()) {
      assertEquals("private address 1", run.skipped());
    }
    assertEquals(0, site.askedInAll());
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

  @Test
  void mistakesInTheConfigurationAreOneSentence() {
    CrawlerSourceConnector connector = new CrawlerSourceConnector();
    ConfigException bad =
        assertThrows(
            ConfigException.class,
            () -> connector.start(Map.of("topic", "t", "crawl.urls", "ftp://x/")));
    assertTrue(bad.getMessage().contains("Not an http or https address"), bad.getMessage());
    assertThrows(
        ConfigException.class,
        () ->
            connector.start(Map.of("topic", "t", "crawl.urls", "http://x/", "crawl.exclude", "(")));
    connector.start(Map.of("topic", "t", "crawl.urls", "http://x/"));
    assertEquals(1, connector.taskConfigs(10).size());
    assertFalse(
        connector.config().configKeys().values().stream()
            .anyMatch(key -> key.documentation.isBlank()));
  }
}

package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The crawler against sites that do not behave. */
@Tag("once")
class HostileSiteTest extends OnSite {
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
  void aHostThatWantsNobodyIsLeftAlone() throws Exception {
    try (Site busy = new Site("127.0.0.2")) {
      busy.on("/robots.txt", e -> Site.answer(e, 404, "text/plain", new byte[0]))
          .otherwise(
              e -> {
                e.getResponseHeaders().set("Retry-After", "0");
                Site.answer(e, 429, "text/html", bytes("slow down"));
              });
      List<String> links = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        links.add(busy.url("/" + i));
      }
      site.page("/", html("home", links.toArray(String[]::new)));
      Map<String, String> options =
          Map.of("crawl.scope", "any", "crawl.per.host.failures.max", "5");
      try (CrawlRun run = run(options).finish()) {
        assertEquals(Set.of("/"), paths(run));
        assertTrue((long) run.attribute("Abandoned") >= 45, "they wait for the next start");
        assertTrue(busy.askedInAll() <= 10, busy.askedInAll() + " requests");
      }
    }
  }

  @Test
  void wrongCharsetsAndTenMegabytesAreRead() throws Exception {
    String words = "Grüße aus Köln, and enough words to be compared with others of their kind. ";
    StringBuilder large = new StringBuilder("<html><title>Large</title><main>");
    while (large.length() < 10_000_000) {
      large
          .append("<p>")
          .append(words)
          .append("<a href='#x")
          .append(large.length())
          .append("'>x</a>");
    }
    site.page("/", html("home", "/lies", "/large"))
        .on(
            "/lies",
            e ->
                Site.answer(
                    e,
                    200,
                    "text/html; charset=utf-8",
                    ("<title>Lies</title><p>" + words).getBytes("windows-1252")))
        .page("/large", large.toString());
    Map<String, String> options =
        Map.of("crawl.page.bytes.max", "20000000", "crawl.page.timeout.ms", "30000");
    try (CrawlRun run = run(options).finish()) {
      assertEquals(Set.of("/", "/lies", "/large"), paths(run));
      assertEquals(words.strip(), run.pages.get(site.url("/lies")).getString("text"));
      Struct page = run.pages.get(site.url("/large"));
      assertTrue(page.getInt64("content_bytes") >= 10_000_000);
      int chars = page.getString("text").length();
      assertTrue(chars > 499_900 && chars <= 500_000, "crawl.text.chars.max: " + chars);
      try (JsonConverter json = new JsonConverter()) {
        json.configure(Map.of("schemas.enable", "false"), false);
        assertTrue(json.fromConnectData("pages", page.schema(), page).length < 900_000);
      }
    }
    try (CrawlRun run = new CrawlRun(folder.resolve("small"), site.url("/"), Map.of()).finish()) {
      assertEquals("too large 1", run.skipped(), "by default a page has 5 MiB at most");
    }
  }
}

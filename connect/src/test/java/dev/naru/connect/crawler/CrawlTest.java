package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The crawler against sites that behave. */
@Tag("once")
class CrawlTest extends OnSite {
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
  void sitemapsOfTheConfigurationAreReadCompressedOnesToo() throws Exception {
    String index =
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>"
            + site.url("/maps/pages.xml.gz")
            + "</loc></sitemap></sitemapindex>";
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(
          bytes(
              "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>"
                  + site.url("/island")
                  + "</loc><lastmod>2026-11-01</lastmod></url><url><loc>http://elsewhere.example/</loc></url></urlset>"));
    }
    site.page("/", html("home"))
        .page("/island", html("island"))
        .on("/maps/index.xml", e -> Site.answer(e, 200, "application/xml", bytes(index)))
        .on(
            "/maps/pages.xml.gz",
            e -> Site.answer(e, 200, "application/gzip", zipped.toByteArray()));
    try (CrawlRun run = run(Map.of("crawl.sitemaps", site.url("/maps/index.xml"))).finish()) {
      assertEquals(Set.of("/", "/island"), paths(run));
      assertEquals("out of scope 1", run.skipped());
    }
  }

  @Test
  void fieldsOfTheUsersBecomeFieldsOfTheRecord() throws Exception {
    site.page(
            "/",
            html("home", "/bare")
                + "<b class=price>12.50</b><i class=tag>new</i><i class=tag>red</i>")
        .page("/bare", html("bare"));
    Map<String, String> options =
        Map.of(
            "crawl.fields",
            "price,tags",
            "crawl.fields.price.selector",
            "b.price, strong.price",
            "crawl.fields.tags.selector",
            "i.tag",
            "crawl.fields.tags.many",
            "true");
    try (CrawlRun run = run(options).finish()) {
      Struct home = run.pages.get(site.url("/"));
      home.validate();
      assertEquals("12.50", home.getString("price"));
      assertEquals(List.of("new", "red"), home.getArray("tags"));
      Struct bare = run.pages.get(site.url("/bare"));
      bare.validate();
      assertNull(bare.getString("price"));
      assertEquals(List.of(), bare.getArray("tags"));
    }
  }
}

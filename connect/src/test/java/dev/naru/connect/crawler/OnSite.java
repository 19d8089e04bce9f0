package dev.naru.connect.crawler;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of crawls have in common: a site on loopback, and a folder for the crawl. */
abstract class OnSite {
  static {
    // Without this the JDK's server waits for delayed acknowledgements, 40 ms a page.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  @TempDir Path folder;
  Site site;

  @BeforeEach
  void open() throws Exception {
    site = new Site("127.0.0.1");
  }

  @AfterEach
  void close() {
    site.close();
  }

  CrawlRun run(Map<String, String> more) {
    return new CrawlRun(folder, site.url("/"), more);
  }

  Set<String> paths(CrawlRun run) {
    return new TreeSet<>(
        run.pages.keySet().stream().map(url -> url.substring(site.url("").length())).toList());
  }

  /** A page with a text of its own, and links. */
  static String html(String name, String... links) {
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

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Ticket;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What it takes to know many addresses: {@code CrawlMemoryBenchmark ADDRESSES HOSTS FOLDER}, in a
 * JVM of its own with a small heap and the jars of a node's connectors. Lets them in, visits a
 * tenth of them, and opens the crawl again; prints a line after each, with the heap in use after a
 * collection. {@code naru bench --flows} runs it.
 */
public final class CrawlMemoryBenchmark {
  private static final double BYTES_PER_MB = 1e6;

  private CrawlMemoryBenchmark() {}

  public static void main(String[] args) throws Exception {
    int urls = Integer.parseInt(args[0]);
    int hosts = Integer.parseInt(args[1]);
    Path folder = Path.of(args[2]);
    CrawlerConfig config =
        new CrawlerConfig(
            Map.of(
                "topic",
                "pages",
                "crawl.urls",
                "http://h0.example/",
                "crawl.scope",
                "any",
                "crawl.robots.obey",
                "false",
                "crawl.per.host.pages.max",
                "1000000000",
                "crawl.per.host.delay.ms",
                "0",
                "crawl.pages.max",
                "1000000000",
                "crawl.recrawl.after.ms",
                "86400000",
                "crawl.state.dir",
                folder.toString()));
    long startNs = System.nanoTime();
    try (CrawlState state = new CrawlState(config, Handover.of(config), 0)) {
      fill(state, urls, hosts);
      report("let in", state, startNs);
      startNs = System.nanoTime();
      visit(state, urls / 10);
      report("visited a tenth", state, startNs);
    }
    startNs = System.nanoTime();
    try (CrawlState state = new CrawlState(config, Handover.of(config), 0)) {
      report("opened again", state, startNs);
      if (state.frontier().waiting() < urls - urls / 10) {
        throw new IllegalStateException("only " + state.frontier().waiting() + " wait");
      }
    }
  }

  private static void fill(CrawlState state, int urls, int hosts) {
    FoundUrl page = FoundUrl.seed(CanonicalUrl.parse("http://h0.example/").orElseThrow());
    for (int i = 0; i < urls; i++) {
      String url = "http://h" + i % hosts + ".example/a/page/of/the/usual/length/" + i + ".html";
      state.offer(page.link(CanonicalUrl.parse(url).orElseThrow()));
    }
  }

  private static void visit(CrawlState state, int count) {
    for (int i = 0; i < count; i++) {
      Ticket ticket = state.frontier().take(i).orElseThrow();
      state.frontier().answered(ticket);
      CrawlState.Waiting waiting = state.read(ticket.ref());
      Validators learned = new Validators("\"" + i + "\"", null, waiting.found().url().hash() + 1);
      state.confirmed(state.handed(waiting, Outcome.DELIVERED, learned, i), waiting.found().url());
    }
  }

  private static void report(String what, CrawlState state, long startNs) {
    double seconds = (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    CrawlMemory.Size size = state.size();
    System.out.printf(
        Locale.ROOT,
        "%s: %d addresses in %.1f s, heap %.1f MB, on disk %.1f MB in the journal and %.1f MB in tables%n",
        what,
        size.urls(),
        seconds,
        heap / BYTES_PER_MB,
        size.journalBytes() / BYTES_PER_MB,
        size.tableBytes() / BYTES_PER_MB);
  }
}

package dev.naru.connect.crawler;

import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Crawls a Javadoc jar served on loopback, over and over: {@code CrawlBenchmark JAR [ROUNDS]}. A
 * tool, not a test.
 */
public final class CrawlBenchmark {
  private CrawlBenchmark() {}

  public static void main(String[] args) throws Exception {
    // Without this the JDK's server waits for delayed acknowledgements, 40 ms a page.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    Map<String, byte[]> files = new HashMap<>();
    try (JarFile jar = new JarFile(args[0])) {
      for (var entry : (Iterable<java.util.jar.JarEntry>) jar.stream()::iterator) {
        try (InputStream in = jar.getInputStream(entry)) {
          files.put("/" + entry.getName(), in.readAllBytes());
        }
      }
    }
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = files.get(exchange.getRequestURI().getPath());
          String path = exchange.getRequestURI().getPath();
          exchange
              .getResponseHeaders()
              .set("Content-Type", path.endsWith(".html") ? "text/html" : "text/plain");
          exchange.sendResponseHeaders(body == null ? 404 : 200, body == null ? -1 : body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            if (body != null) {
              out.write(body);
            }
          }
        });
    server.start();
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    for (int i = 0; i < rounds; i++) {
      round(i + 1, "http://127.0.0.1:" + server.getAddress().getPort() + "/index.html");
    }
    server.stop(0);
    threads.shutdownNow();
  }

  private static void round(int number, String url) throws Exception {
    Path folder = Files.createTempDirectory("crawl");
    CrawlerSourceTask task = new CrawlerSourceTask();
    long startNs = System.nanoTime();
    long startCpuNs = cpuNs();
    task.start(
        Map.of(
            "name",
            "bench",
            "topic",
            "pages",
            "crawl.urls",
            url,
            "crawl.state.dir",
            folder.toString(),
            "crawl.private.addresses.allow",
            "true"));
    int records = 0;
    int quiet = 0;
    long lastNs = startNs;
    while (quiet < 2) {
      List<SourceRecord> polled = task.poll();
      quiet = polled == null ? quiet + 1 : 0;
      for (SourceRecord record : polled == null ? List.<SourceRecord>of() : polled) {
        records++;
        task.commitRecord(record, null);
      }
      lastNs = polled == null ? lastNs : System.nanoTime();
    }
    task.stop();
    double seconds = (lastNs - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
    System.out.printf(
        Locale.ROOT,
        "round %d: %d pages in %.2f s, %.0f pages/s; %.2f ms of CPU a page, the site's included%n",
        number,
        records,
        seconds,
        records / seconds,
        (cpuNs() - startCpuNs) / 1e6 / records);
    Folders.delete(folder);
  }

  /** What this process has used so far: says something on a busy machine too. */
  private static long cpuNs() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

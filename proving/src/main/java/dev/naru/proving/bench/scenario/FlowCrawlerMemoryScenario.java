package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.micro.MicroBenchmarks;
import dev.naru.proving.node.Places;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a crawl holds that knows ten million addresses: its own code, in a JVM with a heap that
 * would not hold a tenth of them. It lets them in, visits a tenth, and opens its folder again; each
 * figure is the largest of what was seen after each of the three. What is resident of mapped files
 * is as much as the system has room for.
 */
final class FlowCrawlerMemoryScenario implements Scenario {
  private static final int HOSTS = 1_000;
  private static final Pattern LINE =
      Pattern.compile(
          "(.+): (\\d+) addresses in .*, heap ([\\d.]+) MB, on disk ([\\d.]+) MB .* and ([\\d.]+)"
              + " MB in tables");
  private static final int LINES = 3;

  @Override
  public String name() {
    return "flows/crawler-memory";
  }

  @Override
  public String title() {
    return "memory of a crawl that knows 10 million addresses, heap of 128 MB";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    int addresses = FlowScale.of(trial.scale()).addresses();
    Path folder = Files.createDirectories(trial.directory());
    Path log = folder.resolve("crawl.log");
    Process process =
        new ProcessBuilder(command(addresses, folder.resolve("crawl")))
            .redirectError(log.toFile())
            .start();
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
      double[] most = new double[4];
      int lines = 0;
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        lines++;
        read(line, addresses, most);
        if (lines < LINES) {
          // After its last line it ends, and can no longer be asked.
          ProcessMeter meter = new ProcessMeter(process.pid());
          raise(most, 2, meter.anonymousMb());
          raise(most, 3, meter.residentMb());
        }
      }
      int exitCode = process.onExit().join().exitValue();
      if (exitCode != 0 || lines != LINES) {
        throw new NodeError(
            "the crawl ended with " + exitCode + ": " + Files.readString(log).strip());
      }
      return new Figures()
          .put(Measure.HEAP, most[0])
          .put(Measure.ON_DISK, most[1])
          .put(Measure.ANONYMOUS, most[2])
          .put(Measure.RESIDENT, most[3]);
    } finally {
      process.destroyForcibly().onExit().join();
    }
  }

  private static void read(String line, int addresses, double[] most) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches() || Integer.parseInt(matcher.group(2)) < addresses) {
      throw new NodeError("the crawl does not know " + addresses + " addresses: " + line);
    }
    raise(most, 0, Double.parseDouble(matcher.group(3)));
    raise(most, 1, Double.parseDouble(matcher.group(4)) + Double.parseDouble(matcher.group(5)));
  }

  private static void raise(double[] most, int index, double value) {
    most[index] = Math.max(most[index], value);
  }

  private static List<String> command(int addresses, Path crawl) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xms16m",
        "-Xmx128m",
        "-XX:+UseSerialGC",
        "-cp",
        Places.connectPlugin() + "/*:" + benchmarks(),
        "dev.naru.connect.crawler.CrawlMemoryBenchmark",
        String.valueOf(addresses),
        String.valueOf(HOSTS),
        crawl.toString());
  }

  /** The classes of the room that measures pieces from within their packages. */
  private static Path benchmarks() {
    try {
      return Path.of(
          MicroBenchmarks.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot find the benchmarks of the pieces", e);
    }
  }
}

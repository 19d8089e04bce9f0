package dev.naru.cli.crawl;

import dev.naru.cli.CliException;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Folders;
import dev.naru.cli.Home;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Terminal;
import dev.naru.cli.client.Cluster;
import dev.naru.connect.host.ConnectHost;
import dev.naru.connect.host.ConnectHostException;
import dev.naru.connect.host.ConnectorState;
import dev.naru.connect.host.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru crawl}. */
@Command(
    name = "crawl",
    description = "Crawls a web site politely into a topic of a running node, a record per page.",
    footer = {
      "",
      "Ctrl-C interrupts it; the same command goes on where it was.",
      "",
      "Example:",
      "  ./naru crawl https://kafka.apache.org/ --topic pages --max 500"
    })
public final class CrawlCommand extends CommonOptions implements Callable<Integer> {
  private static final long LOOK_MS = 200;

  private final Terminal terminal;
  private final AtomicReference<String> runtimeFailure = new AtomicReference<>();

  private volatile boolean interrupted;

  @Mixin private Cluster cluster;

  @Parameters(paramLabel = "URL", description = "Where to begin; its host is not left.")
  private String url;

  @Option(names = "--topic", paramLabel = "TOPIC", required = true, description = "Where pages go.")
  private String topic;

  @Option(names = "--max", paramLabel = "N", description = "Ends after N pages.")
  private Long max;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      defaultValue = "naru-data/crawl",
      description = "Where the crawl remembers where it was (default: ./${DEFAULT-VALUE}).")
  private Path state;

  @Option(names = "--reset", description = "Forgets where the crawl was and begins anew.")
  private boolean reset;

  @Option(
      names = "--private-addresses",
      description = "Crawls hosts of this machine and of private networks too.")
  private boolean privateAddresses;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Any option of the crawler, such as crawl.scope=domain; repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  public CrawlCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    if (max != null && max < 1) {
      throw CliException.mistake("--max wants a number from 1 on, not " + max);
    }
    String name = name(topic, Target.check(url, privateAddresses));
    Path folder = state.resolve(name);
    if (reset) {
      Folders.delete(folder);
    }
    createFolder(folder);
    cluster.config(); // Says at once when nobody is there.
    CrawlNumbers numbers = crawl(name, folder);
    if (numbers.delivered() == 0) {
      String why = numbers.leftOut();
      throw CliException.failure(
          "nothing could be crawled at " + url + (why.isEmpty() ? "" : ": " + why));
    }
    return 0;
  }

  private CrawlNumbers crawl(String name, Path folder) throws InterruptedException {
    ConnectHost host = ConnectHost.load(Home.connectPlugins());
    Thread stop = new Thread(() -> stop(host), "naru-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      host.start(
          WorkerSettings.standalone(cluster.bootstrap(), folder.resolve("offsets")),
          runtimeFailure::set);
      host.put(name, config(folder));
      return watch(host, name);
    } catch (ConnectHostException e) {
      throw e.mistaken()
          ? CliException.mistake(e.getMessage(), e)
          : CliException.failure(e.getMessage(), e);
    } finally {
      if (!interrupted) {
        Runtime.getRuntime().removeShutdownHook(stop);
        host.close();
      }
    }
  }

  /**
   * One state for each topic and host: a site may be crawled into several topics, and several sites
   * into one.
   */
  private static String name(String topic, String host) {
    String name = "crawl-" + topic + "-" + host.toLowerCase(Locale.ROOT);
    return name.replaceAll("[^A-Za-z0-9._-]", "_");
  }

  private static void createFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw CliException.failure("cannot create " + folder + ": " + e.getMessage(), e);
    }
  }

  private Map<String, String> config(Path folder) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("connector.class", "dev.naru.connect.crawler.CrawlerSourceConnector");
    config.put("tasks.max", "1");
    config.put("crawl.urls", url);
    config.put("topic", topic);
    config.put("crawl.state.dir", folder.toString());
    config.put("crawl.private.addresses.allow", Boolean.toString(privateAddresses));
    if (max != null) {
      config.put("crawl.pages.max", max.toString());
    }
    config.put("topic.creation.default.partitions", "-1");
    config.put("topic.creation.default.replication.factor", "-1");
    config.putAll(settings);
    return config;
  }

  private CrawlNumbers watch(ConnectHost host, String name) throws InterruptedException {
    StatusLine line = new StatusLine(terminal);
    while (!interrupted) {
      Optional<CrawlNumbers> numbers = CrawlNumbers.of(name);
      if (numbers.isPresent() && numbers.get().finished()) {
        line.end(summary(numbers.get()));
        return numbers.get();
      }
      numbers.ifPresent(now -> line.show(progress(now)));
      failIfFailed(host.state(name), numbers, line);
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    new CountDownLatch(1).await(); // The process is ending, and the hook has the last word.
    throw new IllegalStateException("a latch that nobody opens opened");
  }

  private void failIfFailed(ConnectorState state, Optional<CrawlNumbers> numbers, StatusLine line) {
    String failure = runtimeFailure.get();
    if (failure == null) {
      failure = state.failure();
    }
    if (failure.isEmpty()) {
      failure = numbers.map(CrawlNumbers::failure).orElse("");
    }
    if (!failure.isEmpty()) {
      line.leave();
      throw CliException.failure("the crawl stopped: " + failure);
    }
  }

  private static String progress(CrawlNumbers now) {
    return String.format(
        Locale.ROOT,
        "%,d pages, %.0f pages/s, %,d waiting",
        now.delivered(),
        now.perSecond(),
        now.queued());
  }

  private String summary(CrawlNumbers now) {
    String leftOut = now.leftOut();
    return String.format(
        Locale.ROOT,
        "%,d pages in topic %s%s",
        now.delivered(),
        topic,
        leftOut.isEmpty() ? "" : "; " + leftOut);
  }

  private void stop(ConnectHost host) {
    interrupted = true;
    host.close();
    terminal.out().println();
    terminal.say("interrupted; the same command goes on from here");
  }
}

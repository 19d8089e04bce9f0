package dev.naru.cli.demo;

import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.cli.Home;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Terminal;
import dev.naru.cli.crawl.CrawlNumbers;
import dev.naru.cli.crawl.Target;
import dev.naru.cli.node.Connectors;
import dev.naru.cli.node.Node;
import dev.naru.cli.start.NodeSettings;
import dev.naru.cli.start.StartOptions;
import dev.naru.connect.host.ConnectHost;
import dev.naru.connect.host.ConnectHostException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One run of the demo: starts the parts, watches them, tells what came of it, and stops them in the
 * reverse order.
 */
final class Demo {
  private static final String TOPIC = "pages";
  private static final String CRAWLER = "pages-crawler";
  private static final String SINK = "pages-database";
  private static final long LOOK_MS = 250;

  /** How long page, record and row counts may disagree after everything has come to rest. */
  private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(20);

  private final DemoCommand options;
  private final Terminal terminal;
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final AtomicReference<String> runtimeFailure = new AtomicReference<>("");
  private final CountDownLatch never = new CountDownLatch(1);

  Demo(DemoCommand options, Terminal terminal) {
    this.options = options;
    this.terminal = terminal;
  }

  int run() throws InterruptedException {
    checkOptions();
    Thread stop = new Thread(this::interrupted, "naru-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      DemoNumbers numbers = work();
      if (!options.exit) {
        never.await();
      }
      return numbers.agree() ? 0 : CliException.FAILURE;
    } catch (ConnectHostException e) {
      throw CliException.failure(e.getMessage(), e);
    } finally {
      stopAll();
      removeHook(stop);
    }
  }

  private void checkOptions() {
    if (options.max != null && options.max < 1) {
      throw CliException.mistake("--max wants a number from 1 on, not " + options.max);
    }
    if (!options.table.matches("[a-z_][a-z0-9_]{0,62}")) {
      throw CliException.mistake(
          "--table wants small letters, digits and underscores, not '" + options.table + "'");
    }
    if (options.database != null && !options.database.startsWith("jdbc:")) {
      throw CliException.mistake(
          "--db wants a JDBC URL such as jdbc:postgresql://127.0.0.1/test, not '"
              + PagesTable.shown(options.database)
              + "'");
    }
    if (options.url != null) {
      Target.check(options.url, options.privateAddresses);
    }
  }

  private DemoNumbers work() throws InterruptedException {
    DemoFolder folder = DemoFolder.open(options.data, options.reset);
    String url = options.url == null ? serveSite(folder) : options.url;
    String database = options.database == null ? embedded(folder) : options.database;
    Node node = startNode(folder.path());
    ConnectHost connectors =
        started(Connectors.start(folder.path(), node.address(), runtimeFailure::set));
    PagesTable table = started(PagesTable.open(connectors, database, credentials(), options.table));
    prepare(folder, url, database, table);
    TopicView topic = started(new TopicView(node.address(), TOPIC, "connect-" + SINK));
    topic.create();
    terminal.say("node      " + node.address() + ", its data in " + folder.path());
    terminal.say("site      " + url + (options.url == null ? " (the kafka-clients Javadoc)" : ""));
    terminal.say("database  " + PagesTable.shown(database) + ", table " + options.table);
    connectors.put(CRAWLER, crawler(folder.path(), url));
    connectors.put(SINK, sink(database));
    DemoNumbers numbers = watch(connectors, topic, table);
    if (numbers.crawl().delivered() == 0) {
      throw CliException.failure(
          "nothing could be crawled at " + url + ": " + numbers.crawl().leftOut());
    }
    DemoReport.print(terminal, node.address(), numbers, table, options.exit);
    return numbers;
  }

  private String serveSite(DemoFolder folder) {
    SiteServer site = started(SiteServer.start(Home.demoSite(), folder.sitePort()));
    folder.rememberSitePort(site.port());
    return "http://127.0.0.1:" + site.port() + "/";
  }

  private static String embedded(DemoFolder folder) {
    return "jdbc:h2:file:"
        + folder.embeddedDatabase()
        + ";DB_CLOSE_ON_EXIT=FALSE;DATABASE_TO_UPPER=FALSE;CASE_INSENSITIVE_IDENTIFIERS=TRUE";
  }

  private Node startNode(Path data) {
    List<String> settings = new ArrayList<>(options.settings);
    StartOptions start =
        new StartOptions(
            data, options.listen, null, null, settings, StartOptions.MemberOptions.NONE);
    return started(Node.start(NodeSettings.of(start).properties()));
  }

  private Properties credentials() {
    Properties credentials = new Properties();
    if (options.user != null) {
      credentials.setProperty("user", options.user);
    }
    if (options.password != null) {
      credentials.setProperty("password", options.password);
    }
    return credentials;
  }

  /** A table that is there before the demo has begun is somebody's. */
  private void prepare(DemoFolder folder, String url, String database, PagesTable table) {
    if (!folder.begun() && table.exists()) {
      if (!options.reset) {
        throw CliException.mistake(
            "the database has a table "
                + options.table
                + " already; name another with --table, or let --reset drop it");
      }
      table.drop();
    }
    folder.begin(url, PagesTable.shown(database), options.table);
  }

  private Map<String, String> crawler(Path data, String url) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("connector.class", "dev.naru.connect.crawler.CrawlerSourceConnector");
    config.put("tasks.max", "1");
    config.put("crawl.urls", url);
    config.put("topic", TOPIC);
    config.put("crawl.state.dir", Connectors.folder(data).toAbsolutePath().toString());
    boolean inside = options.privateAddresses || options.url == null;
    config.put("crawl.private.addresses.allow", Boolean.toString(inside));
    if (options.max != null) {
      config.put("crawl.pages.max", options.max.toString());
    }
    return config;
  }

  private Map<String, String> sink(String database) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("connector.class", "dev.naru.connect.jdbc.JdbcSinkConnector");
    config.put("tasks.max", "1");
    config.put("topics", TOPIC);
    config.put("connection.url", database);
    if (options.user != null) {
      config.put("connection.user", options.user);
    }
    if (options.password != null) {
      config.put("connection.password", options.password);
    }
    config.put("insert.mode", "upsert");
    config.put("pk.mode", "record_key");
    config.put("pk.fields", "url");
    config.put("table.name.format", options.table);
    config.put("auto.create", "true");
    return config;
  }

  private DemoNumbers watch(ConnectHost connectors, TopicView topic, PagesTable table)
      throws InterruptedException {
    StatusLine line = new StatusLine(terminal);
    long restingSinceNs = Long.MAX_VALUE;
    while (true) {
      Optional<CrawlNumbers> crawl = CrawlNumbers.of(CRAWLER);
      if (crawl.isPresent()) {
        DemoNumbers now = new DemoNumbers(crawl.get(), topic.records(), table.rows(), topic.lag());
        boolean resting = now.crawl().finished() && now.lag() == 0;
        restingSinceNs = resting ? Math.min(restingSinceNs, System.nanoTime()) : Long.MAX_VALUE;
        if (now.done() || (resting && System.nanoTime() - restingSinceNs > SETTLE_NS)) {
          line.end(now.line());
          return now;
        }
        line.show(now.line());
      }
      failIfFailed(connectors, crawl, line);
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
  }

  private void failIfFailed(ConnectHost connectors, Optional<CrawlNumbers> crawl, StatusLine line) {
    String failure = runtimeFailure.get();
    if (failure.isEmpty()) {
      failure = crawl.map(CrawlNumbers::failure).orElse("");
    }
    for (String name : List.of(CRAWLER, SINK)) {
      if (failure.isEmpty()) {
        String why = connectors.state(name).failure();
        failure = why.isEmpty() ? "" : name + ": " + why;
      }
    }
    if (!failure.isEmpty()) {
      line.leave();
      throw CliException.failure("the demo stopped: " + failure);
    }
  }

  private synchronized <T extends AutoCloseable> T started(T part) {
    running.push(part);
    return part;
  }

  private void interrupted() {
    // Without --exit, Ctrl-C is how the demo ends; with it, the end was to be another one.
    int exitCode = stopAll() && !options.exit ? 0 : CliException.FAILURE;
    terminal.say("");
    terminal.say("stopped; ./naru demo goes on from here");
    Runtime.getRuntime().halt(exitCode);
  }

  private synchronized boolean stopAll() {
    boolean clean = true;
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception e) {
        clean = false;
        terminal.err().println("naru: while stopping: " + Failures.sentence(e));
      }
    }
    return clean;
  }

  private void removeHook(Thread hook) throws InterruptedException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      never.await(); // The process is ending, and the hook has the last word.
    }
  }
}

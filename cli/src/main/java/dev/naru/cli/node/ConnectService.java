package dev.naru.cli.node;

import dev.naru.cli.Failures;
import dev.naru.cli.Home;
import dev.naru.cli.HostPort;
import dev.naru.connect.host.ConnectHost;
import dev.naru.connect.host.ConnectHostException;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import dev.naru.connect.host.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka Connect in a node. Its runtime costs memory and a second of start-up, so it runs only where
 * there is something to run: once somebody makes a connector, or where the cluster has had one
 * ({@link WorkerSettings#CONFIG_TOPIC} is there), so that a node that was restarted, and each node
 * of a cluster, does its part.
 *
 * <p>One thread {@linkplain #run() looks after it}; any may {@linkplain #answer ask}.
 */
public final class ConnectService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectService.class);

  /** How often a node of a cluster looks whether another one has made a connector. */
  private static final long LOOK_MS = 1_000;

  private static final long RETRY_MS = 1_000;
  private static final long RETRY_MAX_MS = 60_000;
  private static final long START_PATIENCE_MS = TimeUnit.SECONDS.toMillis(90);

  /** A connector that does not end must not keep the node from it. */
  private static final long STOP_PATIENCE_MS = TimeUnit.SECONDS.toMillis(30);

  private final ConnectSettings settings;
  private final Node node;
  private final IdleAnswers idle = new IdleAnswers(Home.connectPlugins());
  private final String configTopic;

  /** There in a node of its own whose connectors had all been deleted when it was stopped. */
  private final Path emptyMark;

  // Guarded by this.
  private ConnectHost running;
  private ConnectHost broken;
  private boolean wanted;
  private boolean closed;
  private int starts;
  private int failures;
  private long retryMs;
  private String trouble;

  public ConnectService(ConnectSettings settings, Node node) {
    this.settings = settings;
    this.node = node;
    this.configTopic =
        settings.worker().getOrDefault("config.storage.topic", WorkerSettings.CONFIG_TOPIC);
    this.emptyMark = Connectors.folder(settings.data()).resolve("empty");
  }

  /** Starts the runtime whenever it is to run and does not; returns once this is closed. */
  public void run() throws InterruptedException {
    while (awaitWork()) {
      start();
    }
  }

  private synchronized boolean awaitWork() throws InterruptedException {
    while (!closed) {
      boolean due = running == null && (wanted || isStored());
      long pauseMs = retryMs - now();
      if (due && pauseMs <= 0) {
        return true;
      }
      if (due) {
        wait(pauseMs);
      } else if (running == null && node.isMember()) {
        wait(LOOK_MS);
      } else {
        wait();
      }
    }
    return false;
  }

  private boolean isStored() {
    return node.hasTopic(configTopic) && (node.isMember() || !Files.exists(emptyMark));
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void start() {
    ConnectHost old;
    int start;
    synchronized (this) {
      old = broken;
      broken = null;
      start = ++starts;
    }
    if (old != null) {
      closeQuietly(old);
    }
    ConnectHost host = null;
    try {
      Files.deleteIfExists(emptyMark);
      String address = node.plainAddress();
      if (address == null) {
        throw new IllegalStateException(
            "connectors need a listener without TLS, such as PLAINTEXT://127.0.0.1:9092");
      }
      warnWhereOthersCannotReach();
      host = ConnectHost.load(Home.connectPlugins());
      host.start(worker(address), why -> failed(start, why));
      started(start, host);
    } catch (RuntimeException | IOException e) {
      LOG.debug("Kafka Connect did not start", e);
      if (host != null) {
        closeQuietly(host);
      }
      failed(start, Failures.sentence(e));
    }
  }

  private Map<String, String> worker(String bootstrap) {
    Map<String, String> given = new HashMap<>(settings.worker());
    Path plugins = ConnectSettings.plugins(settings.data()).toAbsolutePath();
    boolean own = Files.isDirectory(plugins);
    if (own && !PluginFolders.tellTheirClasses(plugins)) {
      given.putIfAbsent("plugin.discovery", "hybrid_warn");
    }
    return WorkerSettings.node(
        bootstrap,
        "http://" + settings.advertised() + "/",
        settings.lasting() ? settings.advertised().toString() : "naru",
        own ? plugins : null,
        given);
  }

  /** Workers ask their leader by its REST API; a task starts only when it has been told. */
  private void warnWhereOthersCannotReach() {
    if (node.isMember()
        && HostPort.isLoopback("--http", settings.advertisedHost())
        && !HostPort.isLoopback("--listen", node.host())) {
      LOG.warn(
          "the other nodes of the cluster cannot reach --http {}, so connectors of theirs or of"
              + " this node will not get their tasks; say --http with an address that they reach",
          settings.http());
    }
  }

  private synchronized void started(int start, ConnectHost host) {
    if (start != starts || closed) {
      closeQuietly(host);
      return;
    }
    if (retryMs != 0 && trouble != null) {
      LOG.info("Kafka Connect runs again");
    }
    running = host;
    failures = 0;
    trouble = null;
    notifyAll();
  }

  /** Told by the runtime, too, on a thread of its own. */
  private synchronized void failed(int start, String why) {
    if (start != starts || closed) {
      return;
    }
    starts++;
    broken = running;
    running = null;
    wanted = false;
    trouble = why;
    long pauseMs = Math.min(RETRY_MAX_MS, RETRY_MS << Math.min(failures, 6));
    failures++;
    retryMs = now() + pauseMs;
    if (isStored()) {
      LOG.error("connectors do not run, and are started again in {} s: {}", pauseMs / 1_000, why);
    }
    notifyAll();
  }

  /** Answers a request of Connect's REST API; starts the runtime when only that can answer. */
  public RestAnswer answer(RestRequest request) {
    ConnectHost host;
    synchronized (this) {
      host = running;
      if (host == null && !closed) {
        boolean stored = isStored();
        if (stored && request.path().equals("/health")) {
          return IdleAnswers.starting();
        }
        RestAnswer answer = stored ? null : idle.answer(request, node.clusterId());
        if (answer != null) {
          return answer;
        }
        host = awaitRuntime();
      }
      if (host == null) {
        return RestAnswer.error(
            503, trouble == null ? "Kafka Connect is not running in this node" : trouble);
      }
    }
    try {
      return host.rest(request);
    } catch (ConnectHostException e) {
      return RestAnswer.error(e.mistaken() ? 400 : 503, e.getMessage());
    }
  }

  /** The runtime, or null when it cannot be started. */
  private synchronized ConnectHost awaitRuntime() {
    wanted = true;
    if (failures > 0) {
      retryMs = now(); // Somebody waits: what kept it from starting may be gone.
    }
    int before = failures;
    notifyAll();
    long deadlineMs = now() + START_PATIENCE_MS;
    try {
      while (running == null && !closed && failures == before && now() < deadlineMs) {
        wait(Math.max(1, deadlineMs - now()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return running;
  }

  private void rememberEmptiness(ConnectHost host) {
    if (node.isMember() || !host.connectors().isEmpty()) {
      return;
    }
    try {
      Files.createDirectories(emptyMark.getParent());
      Files.write(emptyMark, new byte[0]);
    } catch (IOException e) {
      LOG.warn(
          "cannot write {}, so Kafka Connect starts with the node: {}", emptyMark, e.toString());
    }
  }

  private static void closeQuietly(ConnectHost host) {
    try {
      host.close();
    } catch (RuntimeException e) {
      LOG.debug("a runtime that had failed did not stop cleanly", e);
    }
  }

  /**
   * Stops the connectors, their offsets kept, and the runtime.
   *
   * @throws ConnectHostException when that does not come to an end
   */
  @Override
  public void close() {
    ConnectHost host;
    synchronized (this) {
      closed = true;
      host = running;
      running = null;
      notifyAll();
    }
    if (host == null) {
      return;
    }
    RuntimeException[] failure = new RuntimeException[1];
    Thread stopping =
        new Thread(
            () -> {
              try {
                rememberEmptiness(host);
                host.close();
              } catch (RuntimeException e) {
                failure[0] = e;
              }
            },
            "naru-connect-stop");
    stopping.setDaemon(true);
    stopping.start();
    try {
      stopping.join(STOP_PATIENCE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (stopping.isAlive()) {
      throw new IllegalStateException(
          "a connector did not stop within " + STOP_PATIENCE_MS / 1_000 + " s");
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }
}

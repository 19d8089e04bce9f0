package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.zookeeper.server.ServerConfig;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.apache.zookeeper.server.persistence.FileTxnLog;
import org.apache.zookeeper.server.quorum.QuorumCnxManager;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.apache.zookeeper.util.ServiceUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ZooKeeper server inside this process: alone, or a member of a quorum of three whose
 * configuration never changes. It speaks to nobody but clients and members: no admin server, no
 * four-letter words.
 */
final class EmbeddedZooKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

  /** What sessions and members' heartbeats are counted in. */
  static final int TICK_MS = 500;

  /** Ticks for a member to catch up with the leader. */
  private static final int INIT_TICKS = 40;

  /** Ticks without a word until a member counts as lost. */
  private static final int SYNC_TICKS = 6;

  private static final int MAX_CONNECTIONS = 2_000;
  private static final long PREALLOCATED_BYTES = 4L << 20;
  private static final int START_SECONDS = 30;
  private static final int CLOSE_SECONDS = 3;
  private static final int BETWEEN_LOOKS_MS = 10;

  /** ZooKeeper would end the process; it has one way for that, which all members here share. */
  private static final Set<Consumer<String>> FATAL = new CopyOnWriteArraySet<>();

  /** The server in one of its two forms. */
  private interface Server {
    void run() throws Exception;

    void close();
  }

  /**
   * Where a member stands.
   *
   * @param address Kafka address of its node; the ports are counted from there
   * @param members Kafka addresses of all members, this one included; one for a server alone
   * @param secret by which members know each other
   * @param onFatal told why the member has ended, unless it was closed
   */
  record Settings(
      Path directory,
      HostPort address,
      List<HostPort> members,
      ClusterSecret secret,
      Consumer<String> onFatal) {}

  private final Settings settings;
  private final Server server;
  private final SnapshotSweep sweep;
  private final ElectionWatch election = new ElectionWatch(this::isElecting, this::connectAnew);
  private final Thread thread;
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private volatile QuorumPeer peer;
  private volatile boolean closing;

  private EmbeddedZooKeeper(Settings settings, QuorumPeerConfig config) {
    this.settings = settings;
    this.server = config.isDistributed() ? member(config) : alone(config);
    this.sweep = new SnapshotSweep(settings.directory().toAbsolutePath());
    this.thread = new Thread(this::run, "naru-zookeeper-" + settings.address().port());
  }

  /** Starts, and waits until clients can connect, though a quorum may not be there yet. */
  static synchronized EmbeddedZooKeeper start(Settings settings) throws IOException {
    ZooKeeperProperties.setForServer(settings.secret());
    FileTxnLog.setPreallocSize(PREALLOCATED_BYTES);
    ServiceUtils.setSystemExitProcedure(
        code -> FATAL.forEach(each -> each.accept("ZooKeeper gave up with its code " + code)));
    EmbeddedZooKeeper zooKeeper = new EmbeddedZooKeeper(settings, configuration(settings));
    FATAL.add(settings.onFatal());
    zooKeeper.start();
    return zooKeeper;
  }

  private static QuorumPeerConfig configuration(Settings settings) throws IOException {
    Files.createDirectories(settings.directory());
    Properties properties = new Properties();
    properties.setProperty("dataDir", settings.directory().toAbsolutePath().toString());
    properties.setProperty("tickTime", Integer.toString(TICK_MS));
    properties.setProperty("initLimit", Integer.toString(INIT_TICKS));
    properties.setProperty("syncLimit", Integer.toString(SYNC_TICKS));
    properties.setProperty("maxClientCnxns", Integer.toString(MAX_CONNECTIONS));
    properties.setProperty("maxSessionTimeout", "60000");
    HostPort client = settings.address().plus(NodePorts.ZOOKEEPER);
    properties.setProperty("clientPort", Integer.toString(client.port()));
    properties.setProperty("clientPortAddress", client.host());
    if (settings.members().size() > 1) {
      for (int i = 0; i < settings.members().size(); i++) {
        properties.setProperty("server." + (i + 1), quorumAddress(settings.members().get(i)));
      }
      String login = ClusterSecret.Use.QUORUM.name(settings.secret());
      properties.setProperty("quorum.auth.enableSasl", "true");
      properties.setProperty("quorum.auth.learnerRequireSasl", "true");
      properties.setProperty("quorum.auth.serverRequireSasl", "true");
      properties.setProperty("quorum.auth.learner.saslLoginContext", login);
      properties.setProperty("quorum.auth.server.saslLoginContext", login);
      Files.writeString(
          settings.directory().resolve("myid"),
          Integer.toString(settings.members().indexOf(settings.address()) + 1));
    }
    QuorumPeerConfig config = new QuorumPeerConfig();
    try {
      config.parseProperties(properties);
    } catch (QuorumPeerConfig.ConfigException e) {
      throw new IOException("ZooKeeper refuses its configuration: " + e.getMessage(), e);
    }
    return config;
  }

  private static String quorumAddress(HostPort member) {
    HostPort quorum = member.plus(NodePorts.QUORUM);
    return quorum + ":" + member.plus(NodePorts.ELECTION).port();
  }

  private Server member(QuorumPeerConfig config) {
    QuorumPeerMain main =
        new QuorumPeerMain() {
          @Override
          protected QuorumPeer getQuorumPeer() throws javax.security.sasl.SaslException {
            return new QuorumPeer() {
              @Override
              public synchronized void start() {
                super.start();
                peer = this;
                election.start();
                started.complete(null);
              }
            };
          }
        };
    return new Server() {
      @Override
      public void run() throws Exception {
        main.runFromConfig(config);
      }

      @Override
      public void close() {
        main.close();
      }
    };
  }

  private Server alone(QuorumPeerConfig config) {
    ZooKeeperServerMain main =
        new ZooKeeperServerMain() {
          @Override
          protected void serverStarted() {
            started.complete(null);
          }
        };
    ServerConfig alone = new ServerConfig();
    alone.readFrom(config);
    return new Server() {
      @Override
      public void run() throws Exception {
        main.runFromConfig(alone);
      }

      @Override
      public void close() {
        main.close();
      }
    };
  }

  private void start() throws IOException {
    sweep.start();
    thread.start();
    try {
      started.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      close();
      throw new IOException("ZooKeeper does not start: " + e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      close();
      throw new IOException("ZooKeeper did not start within " + START_SECONDS + " s", e);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while ZooKeeper started", e);
    }
  }

  private void run() {
    String why = "its threads have ended";
    try {
      server.run();
    } catch (Exception e) {
      LOG.debug("ZooKeeper ended", e);
      why = e.getMessage();
      if (started.completeExceptionally(e)) {
        return;
      }
    }
    if (!closing) {
      settings.onFatal().accept("ZooKeeper inside this node has stopped: " + why);
    }
  }

  /**
   * Waits until this member serves clients, which takes a quorum.
   *
   * @return whether it does; false when the time is up
   */
  boolean awaitServing(Duration patience) throws InterruptedException {
    long deadlineNs = System.nanoTime() + patience.toNanos();
    while (!isServing()) {
      if (System.nanoTime() - deadlineNs > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MS);
    }
    return true;
  }

  /** A server that is alone does from its start on. */
  private boolean isServing() {
    QuorumPeer member = peer;
    ZooKeeperServer active = member == null ? null : member.getActiveServer();
    return member == null || (active != null && active.isRunning());
  }

  private boolean isElecting() {
    QuorumPeer member = peer;
    return member != null && member.getPeerState() == QuorumPeer.ServerState.LOOKING;
  }

  private void connectAnew() {
    QuorumCnxManager connections = peer.getQuorumCnxManager();
    if (connections != null) {
      connections.softHalt();
    }
  }

  Settings settings() {
    return settings;
  }

  @Override
  public void close() {
    closing = true;
    FATAL.remove(settings.onFatal());
    sweep.close();
    election.close();
    server.close();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("ZooKeeper still runs {} s after it was told to end", CLOSE_SECONDS);
    }
  }
}

package dev.naru.log.bookkeeper.cluster;

import dev.naru.log.LogClock;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.bookkeeper.Copies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node of a cluster was given. Immutable; made by {@link #builder}. */
public final class ClusterSettings {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterSettings.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");
  private static final int LEAST_SECRET_BYTES = 16;
  private static final int MAX_COPIES = 3;

  private final Builder given;

  private ClusterSettings(Builder given) {
    this.given = given;
  }

  /**
   * Begins with what has no default.
   *
   * @param cluster the cluster's name
   * @param nodeId this node's id, which belongs to its data directory for ever
   */
  public static Builder builder(String cluster, int nodeId) {
    return new Builder(cluster, nodeId);
  }

  public String cluster() {
    return given.cluster;
  }

  public int nodeId() {
    return given.nodeId;
  }

  /** The Kafka address of this node, by which the other nodes reach it. */
  public HostPort address() {
    return given.address;
  }

  /** The Kafka addresses of the cluster's first nodes, in an order that is the same everywhere. */
  public List<HostPort> join() {
    return given.join;
  }

  /** Whether this node is one of the first, which carry ZooKeeper. */
  boolean carriesZooKeeper() {
    return given.join.contains(given.address);
  }

  public Path directory() {
    return given.directory;
  }

  /** What every node of the cluster knows, and nobody else. */
  byte[] secret() {
    return given.secret.clone();
  }

  /** Where this node stands: copies go to different racks where there are several; may be empty. */
  public String rack() {
    return given.rack;
  }

  public Copies copies() {
    return given.copies;
  }

  /** Memory for entries. */
  MemoryShares memory() {
    return given.memory;
  }

  /** After so long without a sign of life a node counts as dead. */
  public Duration sessionTimeout() {
    return given.sessionTimeout;
  }

  /** A bookie that is away for so long counts as lost: what it had is copied again. */
  public Duration lostAfter() {
    return given.lostAfter;
  }

  /** So long a start waits for the other nodes. */
  public Duration patience() {
    return given.patience;
  }

  public LogStoreConfig logs() {
    return given.logs;
  }

  public LogClock clock() {
    return given.clock;
  }

  /** The software's version, which the other nodes see. */
  public String version() {
    return given.version;
  }

  /** Told, once, why this node cannot go on: the process should end. Any thread. */
  public Consumer<String> onFatal() {
    return given.onFatal;
  }

  /** Gathers settings, and checks them. */
  public static final class Builder {
    private final String cluster;
    private final int nodeId;
    private HostPort address;
    private List<HostPort> join = List.of();
    private Path directory;
    private byte[] secret = {};
    private String rack = "";
    private Copies copies;
    private long cacheBytes = MemoryShares.BY_HEAP;
    private long unacknowledgedBytes = MemoryShares.BY_HEAP;
    private long bookieCacheBytes = MemoryShares.BY_HEAP;
    private MemoryShares memory;
    private Duration sessionTimeout = Duration.ofSeconds(4);
    private Duration lostAfter = Duration.ofSeconds(60);
    private Duration patience = Duration.ofSeconds(60);
    private LogStoreConfig logs = LogStoreConfig.DEFAULTS;
    private LogClock clock;
    private String version = "unknown";
    private Consumer<String> onFatal = why -> LOG.error("This node cannot go on: {}", why);

    private Builder(String cluster, int nodeId) {
      this.cluster = cluster;
      this.nodeId = nodeId;
    }

    /** The Kafka address of this node; the five ports above it belong to the node, too. */
    public Builder address(String host, int kafkaPort) {
      address = new HostPort(host, kafkaPort);
      return this;
    }

    /** The Kafka addresses of the first nodes, one or three; the same list on every node. */
    public Builder join(List<HostPort> addresses) {
      join = List.copyOf(addresses);
      return this;
    }

    public Builder directory(Path value) {
      directory = value;
      return this;
    }

    public Builder secret(byte[] value) {
      secret = value.clone();
      return this;
    }

    /** The rack or zone that this node is in; null for none. */
    public Builder rack(String value) {
      rack = value == null ? "" : value;
      return this;
    }

    /** Instead of what follows from the number of first nodes. */
    public Builder copies(Copies value) {
      copies = value;
      return this;
    }

    /** Entries in memory for those who read them soon; -1, as with the next two, by the heap. */
    public Builder cacheBytes(long value) {
      cacheBytes = value;
      return this;
    }

    /** Entries in memory that bookies have not acknowledged; above that appends are refused. */
    public Builder unacknowledgedBytes(long value) {
      unacknowledgedBytes = value;
      return this;
    }

    /** Memory of the bookie for what it has not written yet, and the same once more for reads. */
    public Builder bookieCacheBytes(long value) {
      bookieCacheBytes = value;
      return this;
    }

    public Builder sessionTimeout(Duration value) {
      sessionTimeout = value;
      return this;
    }

    public Builder lostAfter(Duration value) {
      lostAfter = value;
      return this;
    }

    public Builder patience(Duration value) {
      patience = value;
      return this;
    }

    public Builder logs(LogStoreConfig value) {
      logs = value;
      return this;
    }

    public Builder clock(LogClock value) {
      clock = value;
      return this;
    }

    public Builder version(String value) {
      version = value;
      return this;
    }

    public Builder onFatal(Consumer<String> value) {
      onFatal = value;
      return this;
    }

    /**
     * @throws ClusterException a mistake, in one sentence
     */
    public ClusterSettings build() {
      if (address == null || directory == null || clock == null) {
        throw new IllegalStateException("address, directory and clock have no default");
      }
      require(
          NAME.matcher(cluster).matches(),
          "\"%s\" is no name for a cluster; up to 100 letters, digits, '.', '_' and '-' are"
              .formatted(cluster));
      require(nodeId >= 0, "%s is no node id; 0 and above are".formatted(nodeId));
      checkAddress();
      checkJoin();
      require(
          secret.length >= LEAST_SECRET_BYTES,
          "The cluster's secret has %s bytes; it needs at least %s random ones"
              .formatted(secret.length, LEAST_SECRET_BYTES));
      memory = MemoryShares.of(cacheBytes, unacknowledgedBytes, bookieCacheBytes);
      if (copies == null) {
        copies = new Copies(MAX_COPIES, join.size() == 1 ? 1 : 2);
      }
      return new ClusterSettings(this);
    }

    private void checkAddress() {
      String host = address.host();
      require(
          !host.equals("0.0.0.0") && !host.equals("::") && !host.equals("*"),
          ("A node of a cluster needs an address that the other nodes can reach; \"%s\" stands for"
                  + " all addresses of this machine, so name one of them")
              .formatted(host));
      require(
          address.port() + NodePorts.COUNT - 1 <= 65_535,
          "A node of a cluster uses the %s ports from its Kafka port on; %s is too high"
              .formatted(NodePorts.COUNT, address.port()));
    }

    private void checkJoin() {
      List<HostPort> sorted = List.copyOf(new TreeSet<>(join));
      require(
          sorted.size() == join.size(),
          "The list of the cluster's first nodes names an address twice: %s".formatted(join));
      require(
          join.size() == 1 || join.size() == 3,
          "A cluster begins with one node or with three; the list of first nodes has %s: %s"
              .formatted(join.size(), join));
      for (int i = 1; i < sorted.size(); i++) {
        HostPort below = sorted.get(i - 1);
        HostPort above = sorted.get(i);
        require(
            !below.host().equals(above.host()) || above.port() - below.port() >= NodePorts.COUNT,
            "Each node uses the %s ports from its Kafka port on; %s and %s are too close"
                .formatted(NodePorts.COUNT, below, above));
      }
      join = sorted;
    }

    private static void require(boolean right, String sentence) {
      if (!right) {
        throw ClusterException.mistake(sentence);
      }
    }
  }
}

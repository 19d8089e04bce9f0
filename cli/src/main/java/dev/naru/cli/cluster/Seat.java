package dev.naru.cli.cluster;

import dev.naru.broker.cluster.ClusterSeat;
import dev.naru.broker.cluster.NodeSecret;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LedgerOptions;
import dev.naru.broker.config.Listener;
import dev.naru.broker.net.Pacing;
import dev.naru.cli.CliException;
import dev.naru.log.bookkeeper.cluster.ClusterException;
import dev.naru.log.bookkeeper.cluster.ClusterSettings;
import dev.naru.log.bookkeeper.cluster.ClusterStorage;
import dev.naru.log.bookkeeper.cluster.HostPort;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Puts a broker onto the storage of its cluster: the one place that knows both. */
public final class Seat implements AutoCloseable {
  /** The node link listens beside the Kafka port. */
  private static final int LINK_PORT = 1;

  private final ClusterStorage storage;
  private final ClusterSeat seat;

  private Seat(ClusterStorage storage, ClusterSeat seat) {
    this.storage = storage;
    this.seat = seat;
  }

  /**
   * Starts this node's part of the storage and joins the cluster. Blocks until it can be used.
   *
   * @param onFatal told why the process must end
   */
  public static Seat take(
      ClusterOptions options, BrokerConfig config, Path data, Consumer<String> onFatal) {
    String secret = SecretFile.readOrCreate(options.secretFile());
    Listener listener = config.listeners().get(0);
    if (listener.port() == 0) {
      throw CliException.mistake(
          "a node of a cluster needs a Kafka port that others know; say --listen HOST:PORT");
    }
    List<HostPort> join =
        options.join().stream().map(each -> new HostPort(each.host(), each.port())).toList();
    Pacing.avoidInProcess();
    try {
      ClusterStorage storage =
          ClusterStorage.open(
              ClusterSettings.builder(options.name(), config.nodeId())
                  .address(listener.host(), listener.port())
                  .join(join)
                  .directory(data)
                  .secret(secret.getBytes(StandardCharsets.UTF_8))
                  .rack(config.getString("broker.rack"))
                  .cacheBytes(config.getLong(LedgerOptions.CACHE_BYTES))
                  .unacknowledgedBytes(config.getLong(LedgerOptions.UNACKNOWLEDGED_BYTES))
                  .bookieCacheBytes(config.getLong(LedgerOptions.BOOKIE_CACHE_BYTES))
                  .logs(config.logStore())
                  .patience(config.patience())
                  .clock(System::currentTimeMillis)
                  .onFatal(onFatal)
                  .build());
      return new Seat(
          storage,
          new ClusterSeat(
              storage.clusterId(),
              storage.logs(),
              storage.metadataLogs(),
              storage.reads(),
              new SharedView(config.nodeId(), storage.coordination()),
              new NodeSecret(secret),
              storage::sweep,
              listener.port() + LINK_PORT));
    } catch (ClusterException e) {
      throw e.isMistake()
          ? CliException.mistake(e.getMessage(), e)
          : CliException.failure(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw CliException.mistake(e.getMessage(), e);
    }
  }

  /** What the broker is given. */
  public ClusterSeat seat() {
    return seat;
  }

  @Override
  public void close() {
    storage.close();
  }
}

package dev.naru.broker.cluster;

import java.util.Map;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.BootstrapConfiguration;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.ChannelBuilders;
import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.LogContext;

/**
 * Kafka's network client as node links use it: authenticating, reconnecting soon, and told which
 * versions its peer serves by ApiVersions. One thread, {@link #wakeup} excepted.
 */
final class LinkClient implements AutoCloseable {
  /** Half of what a connection's session takes in before it stops reading. */
  private static final int IN_FLIGHT_MAX = 32;

  private static final long RECONNECT_MS_MIN = 20;
  private static final long RECONNECT_MS_MAX = 1000;

  /** Of a TCP connection. */
  private static final long SETUP_MS_MIN = 2000;

  private static final long SETUP_MS_MAX = 5000;

  /** Sooner than the other node closes it, or a request would meet the end half-way. */
  private static final long IDLE_MS = 300_000;

  /** The whole metadata of a large cluster is the largest answer. */
  private static final int ANSWER_BYTES_MAX = 256 << 20;

  private static final int SYSTEM_BUFFER = -1;

  private final Metrics metrics;
  private final ChannelBuilder channels;
  private final Selector selector;
  final NetworkClient kafka;

  LinkClient(String clientId, NodeSecret secret, Time time) {
    LogContext log = new LogContext("[" + clientId + "] ");
    metrics = new Metrics(time);
    channels =
        ChannelBuilders.clientChannelBuilder(
            SecurityProtocol.SASL_PLAINTEXT,
            JaasContext.Type.CLIENT,
            config(secret),
            null,
            NodeSecret.MECHANISM,
            time,
            log);
    selector =
        new Selector(
            ANSWER_BYTES_MAX,
            IDLE_MS,
            metrics,
            time,
            "node-links",
            Map.of(),
            false,
            false,
            channels,
            MemoryPool.NONE,
            log);
    kafka =
        new NetworkClient(
            selector,
            new ManualMetadataUpdater(),
            clientId,
            IN_FLIGHT_MAX,
            RECONNECT_MS_MIN,
            RECONNECT_MS_MAX,
            SYSTEM_BUFFER,
            SYSTEM_BUFFER,
            NodeLinks.REQUEST_TIMEOUT_MS,
            SETUP_MS_MIN,
            SETUP_MS_MAX,
            time,
            true,
            new ApiVersions(),
            log,
            MetadataRecoveryStrategy.NONE,
            BootstrapConfiguration.DISABLED,
            false);
  }

  private static AbstractConfig config(NodeSecret secret) {
    return new AbstractConfig(
        new ConfigDef().withClientSslSupport().withClientSaslSupport(),
        Map.of(
            SaslConfigs.SASL_MECHANISM,
            NodeSecret.MECHANISM,
            SaslConfigs.SASL_JAAS_CONFIG,
            secret.jaas()),
        false);
  }

  /** Whether that connection was refused, or its host cannot be reached, in the last poll. */
  boolean wasRefused(Node node) {
    ChannelState state = selector.disconnected().get(node.idString());
    return state != null && state.state() == ChannelState.State.NOT_CONNECTED;
  }

  /** Whether that connection, which was there, ended in the last poll. */
  boolean hasBroken(Node node) {
    return selector.disconnected().containsKey(node.idString());
  }

  /** Ends a poll, or the next one. Any thread. */
  void wakeup() {
    kafka.wakeup();
  }

  @Override
  public void close() {
    kafka.close();
    Utils.closeQuietly(metrics, "the metrics of node links");
  }
}

package dev.naru.cli.node;

import dev.naru.broker.Broker;
import dev.naru.broker.BrokerException;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.cli.cluster.ClusterOptions;
import dev.naru.cli.cluster.Seat;
import dev.naru.log.LogStoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigException;

/** The broker in this process. */
public final class Node implements AutoCloseable {
  private final Broker broker;
  private final Seat seat;

  private Node(Broker broker, Seat seat) {
    this.broker = broker;
    this.seat = seat;
  }

  /**
   * Starts the broker and returns when clients can be served.
   *
   * @param properties Kafka's names
   */
  public static Node start(Map<String, String> properties) {
    return told(() -> new Node(Broker.start(BrokerConfig.of(properties)), null));
  }

  /**
   * Starts the broker as a node of a cluster and returns when clients can be served.
   *
   * @param properties Kafka's names
   * @param data where this node keeps its part of the cluster's storage
   * @param onFatal told why the process must end
   */
  public static Node start(
      Map<String, String> properties, ClusterOptions cluster, Path data, Consumer<String> onFatal) {
    return told(
        () -> {
          BrokerConfig config = BrokerConfig.of(properties);
          Seat seat = Seat.take(cluster, config, data, onFatal);
          try {
            return new Node(Broker.start(config, seat.seat()), seat);
          } catch (RuntimeException e) {
            seat.close();
            throw e;
          }
        });
  }

  private static Node told(Supplier<Node> start) {
    try {
      return start.get();
    } catch (ConfigException e) {
      throw CliException.mistake(e.getMessage(), e);
    } catch (BrokerException | LogStoreException e) {
      throw CliException.failure(e.getMessage(), e);
    }
  }

  /** HOST:PORT of the first listener. */
  public String address() {
    return broker.address();
  }

  /** Other listeners than the first one, as NAME://HOST:PORT. */
  public List<String> otherListeners() {
    return broker.listeners().stream()
        .skip(1)
        .map(listener -> listener.name() + "://" + listener.address())
        .toList();
  }

  /**
   * HOST:PORT for clients inside this process, which have no certificates; null when every listener
   * speaks TLS.
   */
  public String plainAddress() {
    return broker.listeners().stream()
        .filter(listener -> !listener.isTls())
        .map(
            listener ->
                listener.host().isEmpty() ? "127.0.0.1:" + listener.port() : listener.address())
        .findFirst()
        .orElse(null);
  }

  /** The host of the first listener, as clients are told it. */
  public String host() {
    return broker.listeners().get(0).advertisedHost();
  }

  /** Kafka's id of the cluster that this node is. */
  public String clusterId() {
    return broker.clusterId();
  }

  /** Whether the cluster has a topic of this name, as far as this node has heard. */
  public boolean hasTopic(String name) {
    return broker.hasTopic(name);
  }

  /** Whether this node shares its work with others. */
  public boolean isMember() {
    return seat != null;
  }

  /** Stops serving and puts everything on disk. */
  @Override
  public void close() {
    try {
      broker.close();
    } catch (RuntimeException e) {
      throw CliException.failure("the node did not stop cleanly: " + Failures.sentence(e), e);
    } finally {
      if (seat != null) {
        seat.close();
      }
    }
  }
}

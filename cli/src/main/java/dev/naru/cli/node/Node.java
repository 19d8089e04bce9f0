package dev.naru.cli.node;

import dev.naru.broker.Broker;
import dev.naru.broker.BrokerException;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.log.LogStoreException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/** The broker in this process. */
public final class Node implements AutoCloseable {
  private final Broker broker;

  private Node(Broker broker) {
    this.broker = broker;
  }

  /**
   * Starts the broker and returns when clients can be served.
   *
   * @param properties Kafka's names
   */
  public static Node start(Map<String, String> properties) {
    try {
      return new Node(Broker.start(BrokerConfig.of(properties)));
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
        .map(Listener::address)
        .findFirst()
        .orElse(null);
  }

  /** Stops serving and puts everything on disk. */
  @Override
  public void close() {
    try {
      broker.close();
    } catch (RuntimeException e) {
      throw CliException.failure("the node did not stop cleanly: " + Failures.sentence(e), e);
    }
  }
}

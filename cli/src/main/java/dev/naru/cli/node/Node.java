package dev.naru.cli.node;

import dev.naru.broker.Broker;
import dev.naru.broker.BrokerException;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.log.LogStoreException;
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
    BrokerConfig config;
    try {
      config = BrokerConfig.of(properties);
    } catch (ConfigException e) {
      throw CliException.mistake(e.getMessage(), e);
    }
    try {
      return new Node(Broker.start(config));
    } catch (BrokerException | LogStoreException e) {
      throw CliException.failure(e.getMessage(), e);
    }
  }

  /** HOST:PORT for clients. */
  public String address() {
    return broker.address();
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

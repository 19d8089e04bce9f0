package dev.naru.cli.node;

import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;

/** The broker in this process. */
public final class Node implements AutoCloseable {
  private final AutoCloseable broker;
  private final String address;

  private Node(AutoCloseable broker, String address) {
    this.broker = broker;
    this.address = address;
  }

  /**
   * Starts the broker and returns when clients can be served.
   *
   * @param properties Kafka's names
   */
  public static Node start(Map<String, String> properties) {
    try {
      Class<?> configType = Class.forName("dev.naru.broker.config.BrokerConfig");
      Class<?> brokerType = Class.forName("dev.naru.broker.Broker");
      Object config = configType.getMethod("of", Map.class).invoke(null, properties);
      AutoCloseable broker =
          (AutoCloseable) brokerType.getMethod("start", configType).invoke(null, config);
      return new Node(broker, brokerType.getMethod("address").invoke(broker).toString());
    } catch (InvocationTargetException e) {
      throw CliException.failure(Failures.sentence(e.getCause()), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw CliException.failure("this build has no broker: " + e.getMessage(), e);
    }
  }

  /** HOST:PORT for clients. */
  public String address() {
    return address;
  }

  /** Stops serving and puts everything on disk. */
  @Override
  public void close() {
    try {
      broker.close();
    } catch (Exception e) {
      throw CliException.failure("the node did not stop cleanly: " + Failures.sentence(e), e);
    }
  }
}

package dev.naru.proving.flows;

import dev.naru.proving.Clients;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A node and its connectors, which live and die together: Naru has Kafka Connect on board, and
 * Apache Kafka gets a stock worker beside it.
 */
final class ShopNode implements AutoCloseable {
  private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(60);

  private final Path folder;
  private final TestNode node;
  private final String restAddress;
  private final ConnectRest rest;
  private ConnectWorker worker;

  ShopNode(Path folder) {
    this.folder = folder;
    boolean onBoard = TestNode.Kind.chosen() == TestNode.Kind.NARU;
    Map<String, String> settings = new HashMap<>();
    settings.put("group.initial.rebalance.delay.ms", "0");
    if (onBoard) {
      settings.put("connect.plugin.path", plugins().toString());
      settings.put("connect.plugin.discovery", "hybrid_warn");
    }
    node = TestNode.create(TestNode.Kind.chosen(), folder, settings);
    restAddress = onBoard ? node.http() : "127.0.0.1:" + FreePort.next();
    rest = new ConnectRest(restAddress);
  }

  /** The folder whose folders are the plug-ins that flow 5 uses. */
  private static Path plugins() {
    Path plugins = Places.root().resolve("proving/peers/plugins/target/plugins");
    if (!Files.isDirectory(plugins)) {
      throw new IllegalStateException(
          plugins + " is missing; build it with: mvn package -pl proving/peers/plugins");
    }
    return plugins;
  }

  /** Starts it, again after a kill; returns when Connect answers. */
  void start() {
    node.start();
    if (node.kind() == TestNode.Kind.KAFKA) {
      worker = ConnectWorker.start(folder, node.bootstrap(), restAddress, plugins());
    }
    Clients.await("Connect's REST API", CONNECT_DEADLINE, rest::answers);
  }

  /** As {@code kill -9} does. */
  void kill() {
    node.kill();
    if (worker != null) {
      worker.kill();
      worker.close();
    }
  }

  String bootstrap() {
    return node.bootstrap();
  }

  ConnectRest rest() {
    return rest;
  }

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
    }
    node.close();
  }
}

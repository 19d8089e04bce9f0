package dev.naru.cli.start;

import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.cli.Terminal;
import dev.naru.cli.node.Connectors;
import dev.naru.cli.node.Node;
import dev.naru.connect.host.ConnectHost;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The life of a process that is one node. */
final class NodeProcess {
  private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

  private static final int STORAGE_LOST = 5;

  private final Node node;
  private final CompletableFuture<ConnectHost> connectors = new CompletableFuture<>();

  private NodeProcess(Node node) {
    this.node = node;
  }

  /** Starts a node, says {@code ready}, and does not return before the process ends. */
  static int run(NodeSettings settings, Terminal terminal) {
    Node node =
        settings.cluster() == null
            ? Node.start(settings.properties())
            : Node.start(
                settings.properties(),
                settings.cluster(),
                settings.data(),
                why -> end(why, terminal));
    NodeProcess process = new NodeProcess(node);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> process.stop(terminal), "naru-stop"));
    List<String> others = node.otherListeners();
    terminal.say(
        "ready "
            + node.address()
            + " in "
            + ProcessAge.ms()
            + " ms"
            + (others.isEmpty() ? "" : "; also " + String.join(", ", others)));
    process.startConnectors(settings.data());
    try {
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      throw CliException.failure("interrupted", e);
    }
  }

  /** What the node stands on is gone: whoever watches over the process can start it again. */
  private static void end(String why, Terminal terminal) {
    terminal.err().println("naru: this node cannot go on: " + why);
    terminal.err().flush();
    Runtime.getRuntime().halt(STORAGE_LOST);
  }

  /** After {@code ready}, and on the main thread, which has nothing else to do. */
  private void startConnectors(Path data) {
    if (!Connectors.exist(data)) {
      return;
    }
    String address = node.plainAddress();
    if (address == null) {
      LOG.error(
          "connectors did not start; the node goes on without them: they need a listener without"
              + " TLS, such as PLAINTEXT://127.0.0.1:9092");
      return;
    }
    try {
      connectors.complete(
          Connectors.start(
              data,
              address,
              why -> LOG.error("connectors stopped; the node goes on without them: {}", why)));
    } catch (RuntimeException e) {
      connectors.completeExceptionally(e);
      LOG.error(
          "connectors did not start; the node goes on without them: {}", Failures.sentence(e));
    }
  }

  /**
   * The JVM would end with 143 after SIGTERM even when everything went well; halting here, after
   * the last thing that has to be done, is the one way to say 0.
   */
  private void stop(Terminal terminal) {
    int exitCode = 0;
    try {
      ConnectHost running = connectors.getNow(null);
      if (running != null) {
        running.close();
      }
    } catch (CompletionException e) {
      LOG.debug("connectors had not started", e);
    } catch (RuntimeException e) {
      exitCode = CliException.FAILURE;
      terminal.err().println("naru: connectors did not stop cleanly: " + Failures.sentence(e));
    }
    try {
      node.close();
    } catch (RuntimeException e) {
      exitCode = CliException.FAILURE;
      terminal.err().println("naru: " + Failures.sentence(e));
    }
    terminal.out().flush();
    Runtime.getRuntime().halt(exitCode);
  }
}

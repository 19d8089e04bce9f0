package dev.naru.cli.start;

import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.cli.HostPort;
import dev.naru.cli.Terminal;
import dev.naru.cli.http.HttpFront;
import dev.naru.cli.node.ConnectService;
import dev.naru.cli.node.ConnectSettings;
import dev.naru.cli.node.Node;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The life of a process that is one node. */
final class NodeProcess {
  private static final int STORAGE_LOST = 5;

  private final Node node;

  // Null until they are there.
  private volatile HttpFront http;
  private volatile ConnectService connectors;

  private NodeProcess(Node node) {
    this.node = node;
  }

  /** Starts a node, says {@code ready}, and does not return before the process ends. */
  static int run(NodeSettings settings, Terminal terminal) {
    // A port that the user named and that is taken is told before anything is done.
    HttpFront named = settings.httpGiven() ? HttpFront.listen(settings.http()) : null;
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
    process.serveHttp(named, settings, terminal);
    try {
      // The main thread has nothing else to do.
      process.connectors.run();
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      throw CliException.failure("interrupted", e);
    }
  }

  /** After {@code ready}: clients need not wait for it. */
  private void serveHttp(HttpFront named, NodeSettings settings, Terminal terminal) {
    HttpFront front = named == null ? HttpFront.listenNear(settings.http()) : named;
    connectors = new ConnectService(connectSettings(settings, node, front), node);
    front.serve(connectors::answer);
    http = front;
    HostPort address = front.address();
    boolean elsewhere = settings.http().port() != 0 && !address.equals(settings.http());
    terminal.say("http " + address + (elsewhere ? ", for " + settings.http() + " is taken" : ""));
  }

  private static ConnectSettings connectSettings(NodeSettings settings, Node node, HttpFront http) {
    HostPort address = http.address();
    boolean anywhere = address.host().equals("0.0.0.0") || address.host().equals("::");
    return new ConnectSettings(
        settings.data(),
        address,
        address.equals(settings.http()),
        anywhere ? node.host() : address.host(),
        settings.connect());
  }

  /** What the node stands on is gone: whoever watches over the process can start it again. */
  private static void end(String why, Terminal terminal) {
    terminal.err().println("naru: this node cannot go on: " + why);
    terminal.err().flush();
    Runtime.getRuntime().halt(STORAGE_LOST);
  }

  /**
   * The JVM would end with 143 after SIGTERM even when everything went well; halting here, after
   * the last thing that has to be done, is the one way to say 0.
   */
  private void stop(Terminal terminal) {
    int exitCode = 0;
    if (http != null) {
      http.close();
    }
    try {
      if (connectors != null) {
        connectors.close();
      }
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

package dev.naru.cli.node;

import dev.naru.cli.CliException;
import dev.naru.cli.Home;
import dev.naru.connect.host.ConnectHost;
import dev.naru.connect.host.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A node's connectors. Kafka Connect's runtime costs memory and a second of start-up, so it runs
 * only where there is something to run: once a node has had a connector, its data directory has a
 * folder {@value #FOLDER}, and the next start brings the runtime up again, which finds the
 * connectors in its topics.
 */
public final class Connectors {
  private static final String FOLDER = "connect";

  private Connectors() {}

  /** Where this node's connectors may keep what they need beside their offsets. */
  public static Path folder(Path data) {
    return data.resolve(FOLDER);
  }

  /** Whether this node ever had a connector. */
  public static boolean exist(Path data) {
    return Files.isDirectory(folder(data));
  }

  /**
   * Starts the runtime on the node at {@code address}.
   *
   * @param onFailure told why, when the runtime stops by itself
   */
  public static ConnectHost start(Path data, String address, Consumer<String> onFailure) {
    try {
      Files.createDirectories(folder(data));
    } catch (IOException e) {
      throw CliException.failure("cannot create " + folder(data) + ": " + e.getMessage(), e);
    }
    ConnectHost host = ConnectHost.load(Home.connectPlugins());
    host.start(WorkerSettings.distributed(address), onFailure);
    return host;
  }
}

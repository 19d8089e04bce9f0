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
 * The connectors of a command that brings its own node, such as the demo. What they are is in the
 * node's topics, so that {@code naru start} on the same data goes on with them, see {@link
 * ConnectService}.
 */
public final class Connectors {
  private static final String FOLDER = "connect";

  private Connectors() {}

  /** Where this node's connectors may keep what they need beside their offsets. */
  public static Path folder(Path data) {
    return data.resolve(FOLDER);
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

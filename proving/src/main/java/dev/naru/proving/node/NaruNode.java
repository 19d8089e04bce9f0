package dev.naru.proving.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Naru as its own launcher starts it; ready when it says so. */
final class NaruNode extends ProcessNode {
  private static final String READY = "ready ";

  private final Resources resources;
  private final int httpPort = FreePort.next();

  NaruNode(
      Path directory,
      Map<String, String> settings,
      Map<String, String> environment,
      Resources resources) {
    super(directory, settings, environment);
    this.resources = resources;
  }

  @Override
  public Kind kind() {
    return Kind.NARU;
  }

  @Override
  protected List<String> command() {
    List<String> command = new ArrayList<>();
    if (resources.descriptors() > 0) {
      String limit = "ulimit -n " + resources.descriptors() + " && exec \"$@\"";
      command.addAll(List.of("bash", "-c", limit, "bash"));
    }
    command.addAll(
        resources.heapMb() > 0
            ? NaruCommand.java("-Xmx" + resources.heapMb() + "m")
            : NaruCommand.java());
    command.addAll(List.of("start", "--data", dataDirectory().toString()));
    command.addAll(List.of("--http", "127.0.0.1:" + httpPort));
    if (!settings.containsKey("listeners")) {
      command.addAll(List.of("--listen", bootstrap()));
    }
    settings.forEach((name, value) -> command.addAll(List.of("--set", name + "=" + value)));
    return command;
  }

  @Override
  protected boolean isReady() throws IOException {
    return newOutput().lines().anyMatch(line -> line.startsWith(READY));
  }

  @Override
  public String http() {
    return "127.0.0.1:" + httpPort;
  }

  @Override
  public Path dataDirectory() {
    return directory.resolve("data");
  }
}

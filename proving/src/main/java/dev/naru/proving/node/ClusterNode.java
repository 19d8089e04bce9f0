package dev.naru.proving.node;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One node of a {@link TestCluster}, in a process of its own. */
public final class ClusterNode extends ProcessNode {
  private static final Duration START_DEADLINE = Duration.ofMinutes(2);
  private static final String READY = "ready ";

  /**
   * What the process runs on.
   *
   * @param options for the JVM; none for what the launcher chooses
   * @param environment variables, added to those of this process
   */
  record Launch(List<String> options, Map<String, String> environment) {
    /** Several nodes and the tests share two cores and some gigabytes. */
    static final Launch SMALL =
        new Launch(List.of("-Xms16m", "-Xmx256m", "-XX:+UseSerialGC"), Map.of());
  }

  private final int id;
  private final NodeSite site;
  private final List<String> membership;
  private final Launch launch;
  private final int httpPort = FreePort.next();

  /**
   * A node that is not started yet.
   *
   * @param membership the options that name the cluster
   */
  ClusterNode(
      int id,
      Path directory,
      NodeSite site,
      int port,
      List<String> membership,
      Map<String, String> settings,
      Launch launch) {
    super(
        directory,
        site.host(),
        port,
        both(settings, site.settings()),
        both(launch.environment(), site.environment()));
    this.id = id;
    this.site = site;
    this.membership = List.copyOf(membership);
    this.launch = launch;
  }

  private static Map<String, String> both(Map<String, String> some, Map<String, String> others) {
    Map<String, String> both = new HashMap<>(some);
    both.putAll(others);
    return both;
  }

  @Override
  public String http() {
    return site.host() + ":" + httpPort;
  }

  /** Kafka's {@code node.id}. */
  public int id() {
    return id;
  }

  @Override
  public Kind kind() {
    return Kind.NARU;
  }

  @Override
  protected Duration startDeadline() {
    return START_DEADLINE;
  }

  @Override
  protected List<String> command() {
    List<String> options = new ArrayList<>(launch.options());
    options.addAll(site.jvmOptions());
    List<String> command = new ArrayList<>(site.prefix());
    command.addAll(NaruCommand.java(site.withJvmOptions(options.toArray(String[]::new))));
    command.addAll(List.of("start", "--node-id", String.valueOf(id), "--listen", bootstrap()));
    command.addAll(List.of("--data", dataDirectory().toString()));
    command.addAll(List.of("--http", http()));
    command.addAll(membership);
    settings.forEach((name, value) -> command.addAll(List.of("--set", name + "=" + value)));
    return command;
  }

  @Override
  protected boolean isReady() throws IOException {
    return newOutput().lines().anyMatch(line -> line.startsWith(READY));
  }

  @Override
  public Path dataDirectory() {
    return directory.resolve("data");
  }

  /** A broker setting of this node alone, from its next start on. */
  public void set(String name, String value) {
    settings.put(name, value);
  }

  /** SIGSTOP: the process stands still, its connections stay, and it knows nothing of it. */
  public void pause() {
    Standstill.begin(process());
  }

  /** SIGCONT: the process goes on where it stood. */
  public void resume() {
    Standstill.end(process());
  }
}

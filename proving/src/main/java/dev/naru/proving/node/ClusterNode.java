package dev.naru.proving.node;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One node of a {@link TestCluster}, in a process of its own. */
public final class ClusterNode extends ProcessNode {
  private static final Duration START_DEADLINE = Duration.ofMinutes(2);
  private static final String READY = "ready ";

  /** Several nodes and the tests share two cores and some gigabytes. */
  private static final String[] JVM_OPTIONS = {"-Xms16m", "-Xmx256m", "-XX:+UseSerialGC"};

  private final int id;
  private final List<String> membership;

  /**
   * A node that is not started yet.
   *
   * @param membership the options that name the cluster
   */
  ClusterNode(
      int id, Path directory, int port, List<String> membership, Map<String, String> settings) {
    super(directory, port, settings, Map.of());
    this.id = id;
    this.membership = List.copyOf(membership);
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
    List<String> command = new ArrayList<>(NaruCommand.java(JVM_OPTIONS));
    command.addAll(List.of("start", "--node-id", String.valueOf(id), "--listen", bootstrap()));
    command.addAll(List.of("--data", dataDirectory().toString()));
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
    signal("STOP");
  }

  /** SIGCONT: the process goes on where it stood. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      Process kill =
          new ProcessBuilder("bash", "-c", "kill -" + name + " " + process().pid())
              .inheritIO()
              .start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("cannot send SIG" + name + " to node " + id);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot send SIG" + name + " to node " + id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

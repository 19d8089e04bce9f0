package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.NodeSite;
import dev.naru.proving.node.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A start of a node that has to end with one sentence on standard error; one option after the other
 * can be changed.
 */
public final class RefusedStart {
  private static final int FAILURE = 1;
  private static final int MISTAKE = 2;
  private static final int DEADLINE_S = 120;
  private static final String[] JVM_OPTIONS = {
    "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"
  };

  private final Path directory;
  private final Map<String, String> options = new TreeMap<>();
  private NodeSite site = NodeSite.LOOPBACK;

  /**
   * @param directory for what the process prints
   */
  RefusedStart(Path directory) {
    this.directory = directory;
  }

  /** The start of a node of a cluster, as the cluster does it. */
  public static RefusedStart of(Path directory, TestCluster cluster, ClusterNode node) {
    return new RefusedStart(directory)
        .with("--cluster", cluster.name())
        .with("--join", cluster.join())
        .with("--secret-file", cluster.secretFile())
        .with("--node-id", node.id())
        .with("--listen", node.bootstrap())
        .with("--data", node.dataDirectory());
  }

  RefusedStart with(String name, Object value) {
    options.put(name, value.toString());
    return this;
  }

  RefusedStart without(String name) {
    options.remove(name);
    return this;
  }

  /** With other classes than the product's. */
  RefusedStart at(NodeSite other) {
    site = other;
    return this;
  }

  /** What was given cannot be right; returns the sentence, which must have these words. */
  public String mistake(Object... words) throws IOException, InterruptedException {
    return refused(MISTAKE, words);
  }

  /** Something does not answer; returns the sentence, which must have these words. */
  public String failure(Object... words) throws IOException, InterruptedException {
    return refused(FAILURE, words);
  }

  private String refused(int exitCode, Object... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(NaruCommand.java(site.withJvmOptions(JVM_OPTIONS)));
    command.add("start");
    options.forEach((name, value) -> command.addAll(List.of(name, value)));
    Path out = Files.createTempFile(directory, "start", ".out");
    Path err = Files.createTempFile(directory, "start", ".err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertTrue(
          process.waitFor(DEADLINE_S, TimeUnit.SECONDS),
          () -> "the start went on: " + read(out) + read(err));
    } finally {
      process.destroyForcibly();
    }
    String said = read(err);
    assertEquals(exitCode, process.exitValue(), said);
    assertEquals("", read(out));
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.startsWith("naru: "), said);
    for (Object word : words) {
      assertTrue(said.contains(word.toString()), () -> said + " lacks " + word);
    }
    return said;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a directory, if it is there. */
  public static void deleteAll(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}

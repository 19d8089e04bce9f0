package dev.naru.proving.bench;

import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Contender;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One run of a scenario against one node. */
public final class Trial implements Closeable {
  private final Contender contender;
  private final Scale scale;
  private final Path directory;
  private final BenchNode shared;
  private BenchNode own;

  /**
   * @param directory an empty one, or one that does not exist yet
   * @param shared a running node to use instead of a new one; null for none
   */
  Trial(Contender contender, Scale scale, Path directory, BenchNode shared) {
    this.contender = contender;
    this.scale = scale;
    this.directory = directory;
    this.shared = shared;
  }

  public Contender contender() {
    return contender;
  }

  public Scale scale() {
    return scale;
  }

  /** Where a scenario may keep what all its trials use; gone when the benchmark ends. */
  public Path common(String name) {
    return directory.resolveSibling(name);
  }

  /** A running node with the defaults. */
  public BenchNode node() {
    return node(Map.of());
  }

  /**
   * A running node.
   *
   * @param settings added to the defaults; not heeded when the node is shared
   */
  public BenchNode node(Map<String, String> settings) {
    if (shared != null) {
      return shared;
    }
    if (own == null) {
      newNode(settings, Map.of()).process().start();
    }
    return own;
  }

  /** A node of the scenario's own that is not started yet; the trial closes it. */
  public BenchNode newNode(Map<String, String> settings, Map<String, String> environment) {
    if (own != null) {
      throw new IllegalStateException("a trial has one node");
    }
    own = BenchNode.create(contender, directory, settings, environment);
    return own;
  }

  /** The last lines that the node printed; empty when it was not started. */
  String logEnd(int lines) throws IOException {
    BenchNode node = shared != null ? shared : own;
    if (node == null || !Files.exists(node.process().logFile())) {
      return "";
    }
    List<String> all = Files.readAllLines(node.process().logFile());
    return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
  }

  @Override
  public void close() {
    if (own != null) {
      own.close();
    }
  }
}

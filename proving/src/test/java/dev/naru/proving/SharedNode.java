package dev.naru.proving;

import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The one node that every test shares which neither kills nor configures it; lives as long as this
 * JVM.
 */
public final class SharedNode {
  /** What lets a test see soon what a node does in its own time. */
  private static final Map<String, String> HURRY =
      Map.of(
          "group.initial.rebalance.delay.ms", "0",
          "group.min.session.timeout.ms", "1000",
          "log.retention.check.interval.ms", "500",
          "log.cleaner.backoff.ms", "300",
          "log.initial.task.delay.ms", "500",
          "transaction.abort.timed.out.transaction.cleanup.interval.ms", "500",
          "group.consumer.heartbeat.interval.ms", "500",
          "group.consumer.min.heartbeat.interval.ms", "500");

  private static TestNode node;

  private SharedNode() {}

  public static synchronized TestNode get() {
    if (node == null) {
      Path directory = newDirectory("shared");
      TestNode created =
          TestNode.create(TestNode.Kind.chosen(), directory, hurry(TestNode.Kind.chosen()));
      created.start();
      node = created;
    }
    if (!node.isAlive()) {
      throw new IllegalStateException("the shared node died, see " + node.logFile());
    }
    return node;
  }

  public static String bootstrap() {
    return get().bootstrap();
  }

  /** Naru looks after its logs from the first second on. */
  private static Map<String, String> hurry(TestNode.Kind kind) {
    Map<String, String> hurry = new HashMap<>(HURRY);
    if (kind == TestNode.Kind.NARU) {
      hurry.remove("log.initial.task.delay.ms");
    }
    return hurry;
  }

  /** A new directory for a node of its own, under this room's target. */
  public static Path newDirectory(String name) {
    try {
      Path parent = Files.createDirectories(Path.of("target", "nodes").toAbsolutePath());
      return Files.createTempDirectory(parent, name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

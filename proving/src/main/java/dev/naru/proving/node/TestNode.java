package dev.naru.proving.node;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A one-broker node in a process of its own, driven from outside only: start, kill, stop, start
 * again on the same directory and port. Not safe for use from several threads, except {@link
 * #bootstrap()}.
 */
public interface TestNode extends AutoCloseable {

  /** How long a node may take until it serves, before a test calls it broken. */
  Duration START_DEADLINE = Duration.ofSeconds(60);

  /**
   * What is under test: the kind that {@code -Dnaru.test.node} names, Naru when it names nothing.
   */
  enum Kind {
    NARU,
    KAFKA;

    public static Kind chosen() {
      String name = System.getProperty("naru.test.node", "naru");
      return switch (name) {
        case "naru" -> NARU;
        case "kafka" -> KAFKA;
        default ->
            throw new IllegalArgumentException("naru.test.node is naru or kafka, not " + name);
      };
    }
  }

  /**
   * A node that is not started yet.
   *
   * @param directory for its data and its log file; made when it does not exist
   * @param settings broker settings by Kafka's names, added to the kind's own defaults; {@code
   *     {port}} in a value becomes the node's port, {@code {tls-port}} another free one
   */
  static TestNode create(Kind kind, Path directory, Map<String, String> settings) {
    return create(kind, directory, settings, Map.of());
  }

  /**
   * As above.
   *
   * @param environment variables for the process, added to those of this one
   */
  static TestNode create(
      Kind kind, Path directory, Map<String, String> settings, Map<String, String> environment) {
    return switch (kind) {
      case NARU -> new NaruNode(directory, settings, environment, Resources.UNLIMITED);
      case KAFKA -> new ApacheKafkaNode(directory, settings, environment);
    };
  }

  /**
   * How much a node may use.
   *
   * @param heapMb megabytes of heap; 0 for what the JVM chooses
   * @param descriptors open files and connections; 0 for what the shell allows
   */
  record Resources(int heapMb, int descriptors) {
    static final Resources UNLIMITED = new Resources(0, 0);
  }

  /** A Naru that is not started yet and must do with little. */
  static TestNode createNaru(Path directory, Map<String, String> settings, Resources resources) {
    return new NaruNode(directory, settings, Map.of(), resources);
  }

  Kind kind();

  /**
   * Starts the process and returns when clients can be served.
   *
   * @throws IllegalStateException with the end of the process's output when it died or the deadline
   *     passed
   */
  void start();

  /** Starts the process and returns at once; {@link #awaitReady()} is the other half. */
  void launch();

  /** Waits until clients can be served; fails as {@link #start()} does. */
  void awaitReady();

  /** {@code HOST:PORT}, the same over all restarts. */
  String bootstrap();

  int port();

  /** {@code HOST:PORT} where it speaks HTTP, the same over all restarts; only Naru does. */
  default String http() {
    throw new UnsupportedOperationException(kind() + " does not speak HTTP");
  }

  /** The port that {@code {tls-port}} stands for in settings. */
  int tlsPort();

  /** The running process. */
  ProcessHandle process();

  boolean isAlive();

  /** SIGKILL; returns when the process is gone. */
  void kill();

  /** SIGTERM; returns the exit code when the process is gone. */
  int stop();

  /** Where the node keeps its data. */
  Path dataDirectory();

  /** Everything that the process printed, over all restarts. */
  Path logFile();

  /** Kills the process if it runs. */
  @Override
  void close();
}

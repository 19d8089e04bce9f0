package dev.naru.proving.node;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the build put things, found from the project's root. */
public final class Places {
  private Places() {}

  /**
   * The project's root: {@code -Dnaru.root}, or the nearest folder above that holds the proving
   * room.
   */
  public static Path root() {
    String given = System.getProperty("naru.root");
    if (given != null) {
      return Path.of(given);
    }
    Path here = Path.of("").toAbsolutePath();
    while (here != null && !Files.isDirectory(here.resolve("proving/peers"))) {
      here = here.getParent();
    }
    if (here == null) {
      throw new IllegalStateException(
          "run inside the project, or give its root as -Dnaru.root=DIR");
    }
    return here;
  }

  /** The java that runs nodes and peers: {@code -Dnaru.test.jvm}, or the one that runs this. */
  public static String java() {
    return System.getProperty(
        "naru.test.jvm", Path.of(System.getProperty("java.home"), "bin", "java").toString());
  }

  /** The jars of an Apache Kafka broker: {@code -Dkafka.lib=DIR}, or those of the peer. */
  public static Path kafkaJars() {
    String given = System.getProperty("kafka.lib");
    return given != null
        ? Path.of(given)
        : built("proving/peers/kafka/target/lib", "proving/peers/kafka");
  }

  /** The jars of Kafka Streams and kafka-tools. */
  public static Path toolsJars() {
    return built("proving/peers/tools/target/lib", "proving/peers/tools");
  }

  /** Our own programs that use Kafka Streams. */
  public static Path toolsClasses() {
    return built("proving/peers/tools/target/classes", "proving/peers/tools");
  }

  /**
   * The jars of a Naru node: {@code -Dnaru.lib=DIR}, or what the build of the command line left.
   */
  public static Path naruJars() {
    String given = System.getProperty("naru.lib");
    return given != null ? Path.of(given) : built("cli/target/naru/lib", "cli");
  }

  /** The jars of the node's own connectors, with all that they and Connect's runtime need. */
  public static Path connectPlugin() {
    return naruJars().resolveSibling("plugins").resolve("connect");
  }

  /** The web site that comes along: the Javadoc of kafka-clients, some 700 pages. */
  public static Path demoSite() {
    return naruJars().resolveSibling("demo").resolve("kafka-clients-javadoc.jar");
  }

  private static Path built(String path, String module) {
    Path found = root().resolve(path);
    if (!Files.isDirectory(found)) {
      throw new IllegalStateException(
          found + " is missing; build it with: mvn package -DskipTests -pl " + module + " -am");
    }
    return found;
  }
}

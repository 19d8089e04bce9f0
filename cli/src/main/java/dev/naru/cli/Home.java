package dev.naru.cli;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;

/**
 * Where the built command lies: {@code lib}, {@code plugins} and {@code demo} are beside each
 * other.
 */
public final class Home {
  private Home() {}

  /** The jars of Connect's class loader. */
  public static Path connectPlugins() {
    return directory().resolve("plugins").resolve("connect");
  }

  /** The web site that comes along. */
  public static Path demoSite() {
    return directory().resolve("demo").resolve("kafka-clients-javadoc.jar");
  }

  /** The application that Spark runs; the launcher builds it when a job is run. */
  public static Path sparkJob() {
    return directory().resolve("spark").resolve("naru-spark.jar");
  }

  private static Path directory() {
    String given = System.getProperty("naru.home");
    if (given != null) {
      return Path.of(given);
    }
    CodeSource source = Home.class.getProtectionDomain().getCodeSource();
    try {
      Path jar = Path.of(source.getLocation().toURI());
      return jar.toString().endsWith(".jar")
          ? jar.getParent().getParent()
          : jar.resolveSibling("naru");
    } catch (URISyntaxException e) {
      throw CliException.failure("cannot find where naru was built; set -Dnaru.home", e);
    }
  }
}

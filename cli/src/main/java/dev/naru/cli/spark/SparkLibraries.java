package dev.naru.cli.spark;

import dev.naru.cli.CliException;
import dev.naru.cli.Folders;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Terminal;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Spark's libraries and the JDBC drivers, in the user's own Maven repository. A file in a cache
 * folder says which they are; when it, or one of them, is missing, Maven fetches them.
 */
final class SparkLibraries {
  /** The same as the room {@code spark} is built with. */
  static final String VERSION = "4.2.0";

  private static final List<String> SPARK =
      List.of("spark-sql_2.13", "spark-sql-kafka-0-10_2.13", "spark-mllib_2.13");
  private static final List<String> DRIVERS =
      List.of(
          "org.postgresql:postgresql:42.7.7",
          "org.mariadb.jdbc:mariadb-java-client:3.5.6",
          "com.h2database:h2:2.3.232");
  private static final String GOAL =
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath";

  private final Path folder;
  private final Path list;

  private SparkLibraries(Path folder) {
    this.folder = folder;
    this.list = folder.resolve("classpath");
  }

  /** Those of the user whose environment this is. */
  static SparkLibraries ofUser(Map<String, String> environment) {
    String given = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path cache =
        given.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(given);
    return new SparkLibraries(cache.resolve("naru").resolve("spark-" + VERSION));
  }

  /** What {@code spark-submit} fetches beside an installation's own libraries. */
  static String packages(String version) {
    List<String> packages = new ArrayList<>();
    packages.add("org.apache.spark:spark-sql-kafka-0-10_2.13:" + version);
    packages.addAll(DRIVERS);
    return String.join(",", packages);
  }

  /** Whether nothing has to be fetched. */
  boolean areThere() {
    String known = read();
    if (known.isEmpty()) {
      return false;
    }
    for (String jar : known.split(File.pathSeparator)) {
      if (!Files.isRegularFile(Path.of(jar))) {
        return false;
      }
    }
    return true;
  }

  /** The class path; fetches what is missing and says how far that is. */
  String classPath(Terminal terminal) {
    if (!areThere()) {
      fetch(terminal);
    }
    return read();
  }

  private String read() {
    try {
      return Files.isRegularFile(list) ? Files.readString(list).strip() : "";
    } catch (IOException e) {
      throw CliException.failure("cannot read " + list + ": " + e.getMessage(), e);
    }
  }

  private void fetch(Terminal terminal) {
    Path work = null;
    try {
      Files.createDirectories(folder);
      work = Files.createTempDirectory(folder, "fetching-");
      Path pom = Files.writeString(work.resolve("pom.xml"), pom());
      Path found = work.resolve("classpath");
      run(terminal, List.of("mvn", "-B", "-f", pom.toString(), GOAL, "-Dmdep.outputFile=" + found));
      Files.move(found, list, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw CliException.failure("cannot fetch Spark into " + folder + ": " + e.getMessage(), e);
    } finally {
      if (work != null) {
        Folders.delete(work);
      }
    }
  }

  private static void run(Terminal terminal, List<String> command) throws IOException {
    StatusLine status = new StatusLine(terminal);
    String what = "Spark " + VERSION + ": asking Maven for its libraries (once; some 300 MB)";
    status.show(what);
    Process maven = startMaven(command);
    String error = "";
    int jars = 0;
    try (BufferedReader lines = maven.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("Downloaded from") && line.contains(".jar")) {
          jars++;
          status.show(what + ", " + jars + " jars so far");
        }
        if (line.startsWith("[ERROR] ") && error.isEmpty()) {
          error = line.substring("[ERROR] ".length());
        }
      }
    }
    try {
      if (maven.waitFor() != 0) {
        status.leave();
        throw CliException.failure(
            "Maven could not fetch Spark: " + (error.isEmpty() ? "it does not say why" : error));
      }
    } catch (InterruptedException e) {
      maven.destroy();
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    }
    status.end("Spark " + VERSION + " is there");
  }

  private static Process startMaven(List<String> command) throws IOException {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
          .start();
    } catch (IOException e) {
      throw CliException.failure(
          "to fetch Spark, Maven is needed as mvn on the path (Debian: maven)", e);
    }
  }

  private static String pom() {
    List<String> all = new ArrayList<>();
    SPARK.forEach(artifact -> all.add("org.apache.spark:" + artifact + ":" + VERSION));
    all.addAll(DRIVERS);
    String dependencies =
        all.stream()
            .map(each -> each.split(":"))
            .map(
                each ->
                    "    <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>%n"
                        .formatted((Object[]) each))
            .collect(Collectors.joining());
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>dev.naru</groupId>
          <artifactId>naru-spark-libraries</artifactId>
          <version>1</version>
          <packaging>pom</packaging>
          <dependencies>
        %s  </dependencies>
        </project>
        """
        .formatted(dependencies);
  }
}

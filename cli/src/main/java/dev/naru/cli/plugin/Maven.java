package dev.naru.cli.plugin;

import dev.naru.cli.CliException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves an artifact with what it needs by the user's own {@code mvn}: their settings, their
 * repositories, their proxies.
 */
final class Maven {
  private static final Logger LOG = LoggerFactory.getLogger(Maven.class);

  private static final String DEPENDENCY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
  private static final String HELP = "org.apache.maven.plugins:maven-help-plugin:3.5.1";
  private static final long PATIENCE_MINUTES = 20;

  /**
   * What Connect's runtime has itself. A plug-in's own copy of these would be other classes of the
   * same names, and the two would not understand each other.
   */
  private static final String LEFT_OUT_GROUPS =
      "org.apache.kafka,org.slf4j,ch.qos.logback,com.fasterxml.jackson.core"
          + ",com.fasterxml.jackson.module,com.fasterxml.jackson.datatype"
          + ",com.fasterxml.jackson.jakarta.rs,com.fasterxml.jackson.jaxrs"
          + ",com.github.luben,org.lz4,at.yawk.lz4,org.xerial.snappy";

  private final Path scratch;

  /**
   * @param scratch an empty folder that is deleted afterwards
   */
  Maven(Path scratch) {
    this.scratch = scratch;
  }

  /** The jars that belong into the plug-in's folder. */
  List<Path> jars(Coordinates artifact) {
    write("pom.xml", pom(artifact));
    Path jars = scratch.resolve("jars");
    List<String> goals =
        List.of(
            DEPENDENCY + ":copy-dependencies",
            "-DoutputDirectory=" + jars,
            "-DincludeScope=runtime",
            "-DexcludeGroupIds=" + LEFT_OUT_GROUPS);
    String output = run(goals);
    if (output != null) {
      LOG.info("Maven could not resolve {}; once more, with every repository mirrored", artifact);
      output = runMirrored(goals);
    }
    if (output != null) {
      throw CliException.failure("Maven cannot resolve " + artifact + ": " + why(output));
    }
    try (Stream<Path> files = Files.list(jars)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw CliException.failure("Maven found nothing for " + artifact, e);
    }
  }

  /** The licences that the artifact's POM, or one above it, names. */
  Set<String> licences(Coordinates artifact) {
    Path file = scratch.resolve("effective.xml");
    List<String> goals =
        List.of(HELP + ":effective-pom", "-Dartifact=" + artifact, "-Doutput=" + file);
    Set<String> licences = new LinkedHashSet<>();
    if (run(goals) != null && runMirrored(goals) != null) {
      return licences;
    }
    try {
      String pom = Files.readString(file, StandardCharsets.UTF_8);
      Matcher all = Pattern.compile("<license>(.*?)</license>", Pattern.DOTALL).matcher(pom);
      while (all.find()) {
        Matcher name =
            Pattern.compile("<name>\\s*(.*?)\\s*</name>", Pattern.DOTALL).matcher(all.group(1));
        if (name.find()) {
          licences.add(name.group(1));
        }
      }
    } catch (IOException e) {
      LOG.debug("the POM of {} cannot be read", artifact, e);
    }
    return licences;
  }

  private static String pom(Coordinates artifact) {
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>dev.naru.plugin</groupId>
          <artifactId>plugin</artifactId>
          <version>1</version>
          <packaging>pom</packaging>
          <dependencies>
            <dependency>
              <groupId>%s</groupId>
              <artifactId>%s</artifactId>
              <version>%s</version>
            </dependency>
          </dependencies>
        </project>
        """
        .formatted(artifact.group(), artifact.artifact(), artifact.version());
  }

  /**
   * Some POMs name repositories that cannot be reached from everywhere, although what they need is
   * elsewhere, too: everything is asked of the repository that Maven uses first.
   */
  private String runMirrored(List<String> goals) {
    Path settings = mirrored();
    if (settings == null) {
      return "the first repository of Maven is not known";
    }
    List<String> all = new ArrayList<>(List.of("-U", "-gs", settings.toString()));
    all.addAll(goals);
    return run(all);
  }

  private Path mirrored() {
    Path settings = scratch.resolve("settings.xml");
    if (Files.exists(settings)) {
      return settings;
    }
    Path model = scratch.resolve("model.xml");
    Path effective = scratch.resolve("effective-settings.xml");
    String output = run(List.of(HELP + ":effective-settings", "-Doutput=" + effective));
    if (output == null) {
      output = run(List.of(HELP + ":effective-pom", "-Doutput=" + model));
    }
    if (output != null) {
      return null;
    }
    String url = mirrorOfCentral(read(effective));
    if (url == null) {
      url = first(read(model), "<repository>.*?<url>\\s*(.*?)\\s*</url>.*?</repository>");
    }
    if (url == null) {
      return null;
    }
    write("settings.xml", mirror(url));
    return settings;
  }

  private static String mirrorOfCentral(String settings) {
    Matcher mirrors = Pattern.compile("<mirror>(.*?)</mirror>", Pattern.DOTALL).matcher(settings);
    while (mirrors.find()) {
      String of = first(mirrors.group(1), "<mirrorOf>\\s*(.*?)\\s*</mirrorOf>");
      if (of != null && of.matches("(?s).*(\\*|central|external).*")) {
        return first(mirrors.group(1), "<url>\\s*(.*?)\\s*</url>");
      }
    }
    return null;
  }

  private static String first(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
    return matcher.find() ? matcher.group(1) : null;
  }

  /** Global settings, over which the user's own win: a mirror for what has none. */
  private static String mirror(String url) {
    return "<settings><mirrors><mirror><id>naru-everything</id><mirrorOf>*</mirrorOf><url>"
        + url
        + "</url></mirror></mirrors></settings>\n";
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw CliException.failure("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void write(String name, String text) {
    try {
      Files.writeString(scratch.resolve(name), text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw CliException.failure("cannot write to " + scratch + ": " + e.getMessage(), e);
    }
  }

  /**
   * Runs Maven on the little POM.
   *
   * @return null when that went well, what Maven said otherwise
   */
  private String run(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("mvn", "-B", "-ntp", "-f", "pom.xml"));
    command.addAll(arguments);
    Path output = scratch.resolve("maven.log");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(scratch.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
    } catch (IOException e) {
      throw CliException.failure(
          "Maven is needed to install plug-ins, and there is no mvn here (Debian: maven)", e);
    }
    try {
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw CliException.failure("Maven did not end within " + PATIENCE_MINUTES + " minutes");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    } finally {
      process.destroy();
    }
    return process.exitValue() == 0 ? null : read(output);
  }

  /** The first line of Maven's that says something. */
  static String why(String output) {
    String said =
        output
            .lines()
            .filter(line -> line.startsWith("[ERROR] "))
            .map(line -> line.substring("[ERROR] ".length()))
            .filter(line -> !line.isBlank())
            .findFirst()
            .orElse("it did not say why");
    return said.replaceFirst("^Failed to execute goal .*?: ", "")
        .replaceFirst(" -> \\[Help \\d+\\].*", "")
        .strip();
  }
}

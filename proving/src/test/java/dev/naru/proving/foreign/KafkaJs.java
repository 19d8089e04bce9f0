package dev.naru.proving.foreign;

import dev.naru.proving.Scripts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** KafkaJS, installed once under this room's target by npm from the lock file beside the tests. */
final class KafkaJs {
  private static final List<String> FILES =
      List.of("package.json", "package-lock.json", "kafkajs.js");

  private static Path home;

  private KafkaJs() {}

  /** Runs a command of {@code kafkajs.js} and returns the lines that it printed. */
  static List<String> run(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("node", "kafkajs.js"));
    command.addAll(List.of(arguments));
    return Scripts.run(installed(), Map.of("KAFKAJS_NO_PARTITIONER_WARNING", "1"), command, input);
  }

  private static synchronized Path installed() {
    if (home == null) {
      try {
        home = install(Path.of("target", "node").toAbsolutePath());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return home;
  }

  /** Installs what the lock file names, unless an earlier run did. */
  private static Path install(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (String file : FILES) {
      Files.copy(
          Path.of(Scripts.source("node", file)),
          directory.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Path installed = directory.resolve("installed-lock.json");
    Path lock = directory.resolve("package-lock.json");
    if (!Files.exists(installed) || Files.mismatch(installed, lock) != -1) {
      Scripts.run(
          directory,
          Map.of(),
          List.of(
              "npm",
              "ci",
              "--prefer-offline",
              "--ignore-scripts",
              "--no-audit",
              "--no-fund",
              "--no-update-notifier"));
      Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }
    return directory;
  }
}

package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.flows.ConnectRest;
import dev.naru.proving.node.NaruCommand;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Connectors and plug-ins of the nodes that are measured. */
final class FlowConnectors {
  private static final long INSTALL_PATIENCE_MINUTES = 10;

  private FlowConnectors() {}

  /** The node's REST API, once it answers. */
  static ConnectRest rest(BenchNode node) {
    return new ConnectRest(node.process().http()).awaitUp();
  }

  /**
   * A connector that is as small as can be and has nothing to do: it looks for files in an empty
   * folder.
   */
  static Map<String, String> idle(Trial trial) throws IOException {
    Path folder = Files.createDirectories(trial.directory().resolve("empty"));
    return Map.of(
        "connector.class", "dev.naru.connect.files.FilesSourceConnector",
        "files.folder", folder.toString(),
        "format", "lines",
        "topic", "lines");
  }

  /** A consumer of strings that is in no group, from a partition's first record on. */
  static KafkaConsumer<String, String> consumer(BenchNode node) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", node.bootstrap(),
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false",
            "enable.metrics.push", "false");
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  /**
   * Gives a node a plug-in, before its start, as {@code ./naru plugin install} does; it is fetched
   * once for all runs.
   *
   * @throws IOException with a sentence when it cannot be had
   */
  static void install(Trial trial, BenchNode node, String plugin) throws IOException {
    Path data = trial.common("plugged");
    if (!Files.isDirectory(data.resolve("plugins").resolve(plugin))) {
      fetch(Files.createDirectories(data), plugin);
    }
    Path own = Files.createDirectories(node.process().dataDirectory()).resolve("plugins");
    Files.createSymbolicLink(own, data.resolve("plugins"));
  }

  private static void fetch(Path data, String plugin) throws IOException {
    Path log = data.resolve("install.log");
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of("plugin", "install", plugin, "--data", data.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(new File("/dev/null"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    try {
      if (!process.waitFor(INSTALL_PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new IOException(
            "./naru plugin install %s did not end within %d minutes"
                .formatted(plugin, INSTALL_PATIENCE_MINUTES));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the plug-in " + plugin + " was installed", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      List<String> said = Files.readAllLines(log);
      throw new IOException(
          "./naru plugin install %s failed, and it must work for this: %s"
              .formatted(plugin, said.isEmpty() ? "it said nothing" : said.get(said.size() - 1)));
    }
  }
}

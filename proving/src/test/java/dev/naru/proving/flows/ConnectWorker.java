package dev.naru.proving.flows;

import dev.naru.proving.Program;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A stock worker of Kafka Connect 4.3.1 in a JVM of its own, with Naru's connectors and others. */
final class ConnectWorker extends Program {
  private ConnectWorker(ProcessBuilder builder) {
    super(builder);
  }

  /**
   * Starts a worker; it keeps all that it knows in topics.
   *
   * @param folder for its properties and its log
   * @param bootstrap of the node
   * @param rest HOST:PORT for its REST API
   * @param plugins a folder whose folders are plug-ins
   */
  static ConnectWorker start(Path folder, String bootstrap, String rest, Path plugins) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("group.id", "connect");
    settings.put("listeners", "http://" + rest);
    settings.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
    settings.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
    for (String kind : List.of("config", "offset", "status")) {
      settings.put(kind + ".storage.topic", "connect-" + kind);
      settings.put(kind + ".storage.replication.factor", "1");
    }
    settings.put("offset.flush.interval.ms", "1000");
    settings.put("scheduled.rebalance.max.delay.ms", "0");
    settings.put("session.timeout.ms", "6000");
    settings.put("heartbeat.interval.ms", "2000");
    settings.put("plugin.path", plugins.toString());
    settings.put("plugin.discovery", "hybrid_warn");
    List<String> lines = new ArrayList<>();
    settings.forEach((name, value) -> lines.add(name + "=" + value));
    try {
      Path properties = Files.write(folder.resolve("connect.properties"), lines);
      Path own = Places.connectPlugin();
      List<String> command =
          List.of(
              Places.java(),
              "-Xmx512m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
              "-cp",
              own + "/*",
              "org.apache.kafka.connect.cli.ConnectDistributed",
              properties.toString());
      return new ConnectWorker(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("connect.log").toFile())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.naru.proving.node;

import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * Apache Kafka as its own scripts would start it: KRaft in combined mode, the settings of its
 * {@code server.properties}, its heap and its collector.
 */
final class ApacheKafkaNode extends ProcessNode {
  private static final String CLUSTER_ID = "c2FtZSBmb3IgZXZlcnk0MQ";
  private static final long FORMAT_PATIENCE_S = 120;

  /** What {@code kafka-run-class.sh} and {@code kafka-server-start.sh} pass. */
  private static final List<String> JVM_FLAGS =
      List.of(
          "-Xmx1G",
          "-Xms1G",
          "-server",
          "-XX:+UseG1GC",
          "-XX:MaxGCPauseMillis=20",
          "-XX:InitiatingHeapOccupancyPercent=35",
          "-XX:+ExplicitGCInvokesConcurrent",
          "-Djava.awt.headless=true");

  /**
   * Who the controllers are.
   *
   * @param voters what {@code controller.quorum.voters} says
   * @param port where this node's controller listens; 0 when it has none
   */
  record Quorum(String voters, int port) {

    static String voter(String id, int port) {
      return id + "@127.0.0.1:" + port;
    }

    /** The node decides alone. */
    static Quorum ofOne(String id) {
      int port = FreePort.next();
      return new Quorum(voter(id, port), port);
    }
  }

  private final Quorum quorum;

  ApacheKafkaNode(Path directory, Map<String, String> settings, Map<String, String> environment) {
    this(directory, settings, environment, Quorum.ofOne(id(settings)));
  }

  ApacheKafkaNode(
      Path directory,
      Map<String, String> settings,
      Map<String, String> environment,
      Quorum quorum) {
    super(directory, settings, environment);
    this.quorum = quorum;
  }

  private static String id(Map<String, String> settings) {
    return settings.getOrDefault("node.id", "1");
  }

  @Override
  public Kind kind() {
    return Kind.KAFKA;
  }

  @Override
  protected List<String> command() throws IOException {
    Path properties = prepare();
    List<String> command = java(JVM_FLAGS);
    command.add("kafka.Kafka");
    command.add(properties.toString());
    return command;
  }

  /**
   * What an operator does before the first start: settings are written, and a new data directory is
   * formatted.
   *
   * @return the settings
   */
  Path prepare() throws IOException {
    Files.createDirectories(directory);
    Path properties = writeProperties();
    if (!Files.exists(dataDirectory().resolve("meta.properties"))) {
      format(properties);
    }
    return properties;
  }

  private Path writeProperties() throws IOException {
    Properties properties = new Properties();
    boolean controls = quorum.port() > 0;
    properties.put("process.roles", controls ? "broker,controller" : "broker");
    properties.put("node.id", id(settings));
    properties.put("controller.quorum.voters", quorum.voters());
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put(
        "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL");
    properties.put("log.dirs", dataDirectory().toString());
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.putAll(settings);
    properties.put(
        "listeners",
        settings.getOrDefault("listeners", "PLAINTEXT://127.0.0.1:" + port())
            + (controls ? ",CONTROLLER://127.0.0.1:" + quorum.port() : ""));
    Path file = directory.resolve("server.properties");
    try (var out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    return file;
  }

  private void format(Path properties) throws IOException {
    List<String> command = java(List.of("-Xmx256m"));
    command.addAll(
        List.of(
            "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties.toString()));
    Process format =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
            .start();
    try {
      if (!format.waitFor(FORMAT_PATIENCE_S, TimeUnit.SECONDS) || format.exitValue() != 0) {
        format.destroyForcibly();
        throw new IOException("formatting the data directory failed, see " + logFile());
      }
    } catch (InterruptedException e) {
      format.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while formatting", e);
    }
  }

  private static List<String> java(List<String> flags) {
    List<String> command = new ArrayList<>();
    command.add(Places.java());
    command.addAll(flags);
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.add("-cp");
    command.add(Places.kafkaJars() + "/*");
    return command;
  }

  @Override
  protected boolean isReady() {
    return WireClient.serves(port());
  }

  @Override
  public Path dataDirectory() {
    return directory.resolve("data");
  }
}

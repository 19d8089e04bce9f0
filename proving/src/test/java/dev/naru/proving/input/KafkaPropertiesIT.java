package dev.naru.proving.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A properties file that was written for Apache Kafka starts a node, or says what keeps it from it.
 */
class KafkaPropertiesIT {
  /** What stands in the {@code server.properties} of Apache Kafka's own distribution. */
  private static final String SAMPLE =
      """
      process.roles=broker,controller
      node.id=1
      controller.quorum.bootstrap.servers=localhost:9093
      listeners=PLAINTEXT://:%1$d,CONTROLLER://:9093
      inter.broker.listener.name=PLAINTEXT
      advertised.listeners=PLAINTEXT://localhost:%1$d,CONTROLLER://localhost:9093
      controller.listener.names=CONTROLLER
      listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,\\
      SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
      num.network.threads=3
      num.io.threads=8
      socket.send.buffer.bytes=102400
      socket.receive.buffer.bytes=102400
      socket.request.max.bytes=104857600
      log.dirs=%2$s
      num.partitions=1
      num.recovery.threads.per.data.dir=2
      offsets.topic.replication.factor=1
      share.coordinator.state.topic.replication.factor=1
      share.coordinator.state.topic.min.isr=1
      transaction.state.log.replication.factor=1
      transaction.state.log.min.isr=1
      log.retention.hours=168
      log.segment.bytes=1073741824
      log.retention.check.interval.ms=300000
      """;

  private final Path directory = SharedNode.newDirectory("properties");
  private final Path output = directory.resolve("output");

  @BeforeEach
  void onlyNaruMakesThesePromises() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
  }

  private Process start(String properties) throws IOException {
    Path file = Files.writeString(directory.resolve("server.properties"), properties);
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of("start", "--config", file.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private String refused(String properties) throws Exception {
    Process process = start(properties);
    try {
      Clients.await("the end of the start", () -> !process.isAlive());
    } finally {
      process.destroyForcibly().waitFor();
    }
    String said = Files.readString(output);
    assertEquals(2, process.exitValue(), said);
    assertEquals(1, said.lines().count(), said);
    return said;
  }

  @Test
  void apacheKafkasOwnFileStartsANode() throws Exception {
    int port = FreePort.next();
    Process process = start(SAMPLE.formatted(port, directory.resolve("logs")));
    try {
      Clients.await(
          "ready",
          () -> {
            assertTrue(process.isAlive(), Files.readString(output));
            return Files.readString(output).lines().anyMatch(line -> line.startsWith("ready "));
          });
      List<String> warnings =
          Files.readString(output).lines().filter(line -> line.contains("WARN")).toList();
      assertFalse(warnings.isEmpty());
      assertTrue(
          warnings.stream().allMatch(line -> line.contains("no effect in Naru because")),
          () -> String.join("\n", warnings));
      assertTrue(
          warnings.stream().anyMatch(line -> line.contains("controller.quorum.bootstrap.servers")));
      try (Admin admin = Clients.admin("127.0.0.1:" + port)) {
        ConfigResource node = new ConfigResource(ConfigResource.Type.BROKER, "1");
        Map<ConfigResource, Config> configs =
            Clients.get(admin.describeConfigs(List.of(node)).all());
        assertEquals("3", configs.get(node).get("num.network.threads").value());
        assertEquals("300000", configs.get(node).get("log.retention.check.interval.ms").value());
        assertTrue(Files.isDirectory(directory.resolve("logs")));
      }
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  @Test
  void whatWouldKeepOthersOutIsNamedAndNotIgnored() throws Exception {
    String said =
        refused("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n");
    assertTrue(said.contains("authorizer.class.name cannot be set"), said);
    said = refused("listeners=SASL_SSL://127.0.0.1:9092\nssl.keystore.password=hidden-word\n");
    assertFalse(said.contains("hidden-word"), said);
    said = refused("listeners=SASL_SSL://127.0.0.1:9092\n");
    assertTrue(said.contains("SASL is not there yet"), said);
    said = refused("listeners=SSL://127.0.0.1:9092\nssl.keystore.password=hidden-word\n");
    assertTrue(said.contains("ssl.keystore.location is missing"), said);
    assertFalse(said.contains("hidden-word"), said);
  }

  @Test
  void aTypingMistakeIsAnsweredWithWhatWasMeant() throws Exception {
    String said = refused("log.retention.hour=168\n");
    assertTrue(said.contains("did you mean log.retention.hours?"), said);
  }

  @Test
  void anAddressThatOthersReachNeedsAWord() throws Exception {
    String said = refused("listeners=PLAINTEXT://0.0.0.0:9092\n");
    assertTrue(said.contains("allow.unauthenticated.listeners=true"), said);
  }

  @Test
  void apacheKafkasDataIsLeftAlone() throws Exception {
    Path logs = Files.createDirectories(directory.resolve("kafka-logs"));
    Files.writeString(logs.resolve("meta.properties"), "version=1\n");
    Process process = start("log.dirs=" + logs + "\n");
    try {
      Clients.await("the end of the start", () -> !process.isAlive());
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertEquals(1, process.exitValue());
    assertTrue(Files.readString(output).contains("Apache Kafka's data"));
    try (var files = Files.list(logs)) {
      assertEquals(1, files.count());
    }
  }
}

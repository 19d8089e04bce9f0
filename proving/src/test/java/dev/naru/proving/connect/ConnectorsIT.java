package dev.naru.proving.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kafka Connect in a node: REST, the command line, faults. */
@Tag("once")
class ConnectorsIT {
  private static final String SINK = "dev.naru.connect.jdbc.JdbcSinkConnector";

  private final Path directory = SharedNode.newDirectory("connectors");
  private TestNode node;
  private Rest rest;

  @BeforeEach
  void start() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    node = TestNode.create(TestNode.Kind.NARU, directory, Map.of());
    node.start();
    rest = new Rest(node.http()).awaitUp();
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.close();
    }
  }

  /** What a command said on both outputs. */
  private String naru(int exitCode, String... arguments) throws Exception {
    return run(exitCode, command(arguments));
  }

  private List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of(arguments));
    command.addAll(List.of("--http", node.http()));
    return command;
  }

  /** What a command ends with that may have to be tried again. */
  private int exit(String... arguments) throws Exception {
    return run(command(arguments)).exitCode();
  }

  private String run(int exitCode, List<String> command) throws Exception {
    Ended ended = run(command);
    assertEquals(exitCode, ended.exitCode(), ended.output());
    return ended.output();
  }

  private record Ended(int exitCode, String output) {}

  private Ended run(List<String> command) throws Exception {
    Path log = Files.createTempFile(directory, "command", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(log.toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "still running: " + command);
    } finally {
      process.destroyForcibly();
    }
    return new Ended(process.exitValue(), Files.readString(log));
  }

  private void produce(String topic, int from, int to) {
    try (Producer<String, String> producer = Clients.producer(node.bootstrap())) {
      for (int i = from; i < to; i++) {
        producer.send(new ProducerRecord<>(topic, "k" + i, "{\"n\":" + i + "}"));
      }
    }
  }

  private void poison(String topic) {
    try (Producer<String, String> producer = Clients.producer(node.bootstrap())) {
      Clients.get(producer.send(new ProducerRecord<>(topic, "poison", "no JSON")));
    }
  }

  /** Waits until a sink has taken everything that a topic has. */
  private void awaitTaken(String connector, String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Admin admin = Clients.admin(node.bootstrap())) {
      Clients.await(
          connector + " has taken all of " + topic,
          () -> {
            long end =
                Clients.get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all())
                    .get(partition)
                    .offset();
            var committed =
                Clients.get(
                        admin
                            .listConsumerGroupOffsets("connect-" + connector)
                            .partitionsToOffsetAndMetadata())
                    .get(partition);
            return committed != null && committed.offset() == end;
          });
    }
  }

  private Path sink(String name, String topic, String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "name=" + name,
                "connector.class=" + SINK,
                "topics=" + topic,
                "connection.url=jdbc:h2:file:" + database(name),
                "connection.user=sa",
                "connection.password=${file:" + directory.resolve("secret") + ":password}",
                "table.name.format=rows_of_it",
                "pk.fields=id"));
    lines.addAll(List.of(more));
    Files.writeString(directory.resolve("secret"), "password=hunter2\n");
    return Files.writeString(
        directory.resolve(name + ".properties"), String.join("\n", lines), StandardCharsets.UTF_8);
  }

  private Path database(String name) {
    return directory.resolve(name + "-database");
  }

  /** How many rows a sink has written; the node must not be running. */
  private long rows(String name) throws Exception {
    String jars = Places.connectPlugin() + "/*";
    String said =
        run(
            0,
            List.of(
                Places.java(),
                "-cp",
                jars,
                "org.h2.tools.Shell",
                "-url",
                "jdbc:h2:file:" + database(name),
                "-user",
                "sa",
                "-password",
                "hunter2",
                "-sql",
                "SELECT 'rows: ' || COUNT(*) FROM \"rows_of_it\""));
    String line = said.lines().filter(each -> each.startsWith("rows: ")).findFirst().orElse("");
    assertFalse(line.isEmpty(), said);
    return Long.parseLong(line.substring("rows: ".length()).strip());
  }

  private boolean runs(String connector) throws IOException {
    Rest.Answer status = rest.get("/connectors/" + connector + "/status");
    return status.status() == 200
        && status.body().contains("\"tasks\":[{")
        && !status.body().replace("\"state\":\"RUNNING\"", "").contains("\"state\":");
  }

  private void awaitRunning(String connector) {
    Clients.await(connector + " runs", () -> runs(connector));
  }

  @Test
  void aNodeWithoutConnectorsAnswersWithoutRunningConnect() throws Exception {
    assertEquals(new Rest.Answer(200, "[]"), rest.get("/connectors"));
    assertTrue(rest.get("/").body().startsWith("{\"version\":\"4.3.1\",\"commit\":\""));
    assertEquals(
        new Rest.Answer(404, "{\"error_code\":404,\"message\":\"Connector nonesuch not found\"}"),
        rest.get("/connectors/nonesuch"));
    assertTrue(naru(0, "connector", "list").startsWith("CONNECTOR"));
    assertTrue(naru(1, "connector", "status", "nonesuch").contains("nonesuch not found"));
    try (Admin admin = Clients.admin(node.bootstrap())) {
      assertEquals(java.util.Set.of(), Clients.get(admin.listTopics().names()));
    }
  }

  @Test
  void connectSaysWhatIsWrong() throws Exception {
    Rest.Answer answer = rest.ask("POST", "/connectors", "{\"name\":\"a\"}");
    assertEquals(400, answer.status(), answer.body());
    answer =
        rest.ask(
            "PUT",
            "/connectors/a/config",
            "{\"connector.class\":\"" + SINK + "\",\"topics\":\"t\",\"connection.url\":\"here\"}");
    assertEquals(400, answer.status(), answer.body());
    assertTrue(answer.body().contains("\"error_code\":400"), answer.body());
    assertTrue(answer.body().contains("Not a JDBC URL"), answer.body());
    answer = rest.get("/connector-plugins");
    assertTrue(answer.body().contains(SINK), answer.body());
    assertEquals(404, rest.get("/nonesuch").status());
    assertEquals(404, rest.get("/connectors/a").status());
    assertEquals(415, text("/connectors"));
    String said = naru(2, "connector", "create", "a", "--config", "connector.class=no.such.Class");
    assertTrue(said.contains("no.such.Class"), said);
    assertEquals(1, said.strip().lines().count(), said);
  }

  /** What a form of a web page could send. */
  private int text(String path) throws IOException {
    var url = java.net.URI.create("http://" + node.http() + path).toURL();
    var connection = (java.net.HttpURLConnection) url.openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "text/plain");
    connection.getOutputStream().write('x');
    return connection.getResponseCode();
  }

  @Test
  void aSinkTakesARecordsPoisonIntoItsTopicAndSurvivesAKill() throws Exception {
    try (Admin admin = Clients.admin(node.bootstrap())) {
      Clients.createTopic(
          admin, new org.apache.kafka.clients.admin.NewTopic("orders", 1, (short) 1));
    }
    produce("orders", 0, 20);
    poison("orders");
    produce("orders", 20, 40);
    assertEquals("created shop\n", naru(0, "connector", "create", sink("shop", "orders") + ""));
    awaitRunning("shop");
    awaitTaken("shop", "orders");

    List<ConsumerRecord<String, String>> dead =
        Clients.readAll(node.bootstrap(), "read_committed", new TopicPartition("shop-errors", 0));
    assertEquals(1, dead.size());
    assertEquals("no JSON", dead.get(0).value());
    String why =
        new String(
            dead.get(0).headers().lastHeader("__connect.errors.exception.class.name").value(),
            StandardCharsets.UTF_8);
    assertEquals("org.apache.kafka.connect.errors.DataException", why);

    String list = naru(0, "connector", "list");
    assertTrue(list.lines().anyMatch(line -> line.matches("shop +sink +RUNNING +1/1 +-")), list);
    String config = naru(0, "connector", "config", "shop");
    assertTrue(config.contains("errors.tolerance=all\n"), config);
    assertFalse(config.contains("hunter2"), config);
    String offsets = naru(0, "connector", "offsets", "shop");
    assertTrue(offsets.contains("\"kafka_offset\":41"), offsets);
    assertFalse(naru(0, "connector", "logs", "shop").isBlank());

    node.kill();
    node.start();
    rest.awaitUp();
    produce("orders", 40, 50);
    awaitTaken("shop", "orders");
    awaitRunning("shop");
    assertEquals("deleted shop\n", naru(0, "connector", "delete", "shop"));
    assertEquals("[]", rest.get("/connectors").body());
    assertEquals(0, node.stop());
    assertEquals(50, rows("shop"));
    assertFalse(Files.readString(node.logFile()).contains("hunter2"));

    node.start();
    assertTrue(
        rest.awaitUp().get("/health").body().contains("started with the first connector"),
        "Connect runs although there is no connector");
  }

  @Test
  void whatFailsIsRestartedAndSaysWhy() throws Exception {
    try (Admin admin = Clients.admin(node.bootstrap())) {
      Clients.createTopic(
          admin, new org.apache.kafka.clients.admin.NewTopic("strict", 1, (short) 1));
    }
    poison("strict");
    produce("strict", 0, 3);
    String file =
        sink("fragile", "strict", "errors.tolerance=none", "naru.restart.initial.ms=100") + "";
    assertEquals("created fragile\n", naru(0, "connector", "create", file));
    Clients.await(
        "two restarts",
        () -> {
          String body = rest.get("/naru/connectors/fragile/restarts").body();
          return body.contains("\"task\":0") && !body.matches("(?s).*\"restarts\":[01],.*");
        });
    Clients.await(
        "the failure in the status",
        () -> naru(0, "connector", "status", "fragile").contains("task 0 failed: "));
    String logs = naru(0, "connector", "logs", "fragile");
    assertTrue(logs.contains("it is restarted in "), logs);
    String shown = Files.readString(node.logFile());
    assertEquals(1, shown.split("WorkerTask - ", -1).length - 1, "a trace at each restart");
    assertTrue(shown.contains("restarts for the 2. time"), shown);
    assertEquals(400, rest.ask("PUT", "/connectors/x/config", restartsNever()).status());

    // Beyond the poison there is nothing to fail of.
    assertEquals("stopped fragile\n", naru(0, "connector", "stop", "fragile"));
    Path offsets =
        Files.writeString(
            directory.resolve("offsets.json"),
            "{\"offsets\":[{\"partition\":{\"kafka_topic\":\"strict\",\"kafka_partition\":0},"
                + "\"offset\":{\"kafka_offset\":1}}]}");
    Clients.await(
        "the last task has left its group, and offsets can be changed",
        () -> exit("connector", "offsets", "fragile", "--set", offsets.toString()) == 0);
    assertEquals("resumed fragile\n", naru(0, "connector", "resume", "fragile"));
    produce("strict", 3, 5);
    awaitTaken("fragile", "strict");
    awaitRunning("fragile");
    assertEquals(0, node.stop());
    assertEquals(5, rows("fragile"));
  }

  private static String restartsNever() {
    return "{\"connector.class\":\"" + SINK + "\",\"naru.restart.max.ms\":\"never\"}";
  }
}

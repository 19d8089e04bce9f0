package dev.naru.cli.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandTree;
import dev.naru.cli.HostPort;
import dev.naru.cli.Terminal;
import dev.naru.cli.http.HttpFront;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a node that says what the test wants. */
class ConnectorCommandTest {
  private final Map<String, RestAnswer> answers = new ConcurrentHashMap<>();

  /** What is answered from the second time on. */
  private final Map<String, RestAnswer> afterwards = new ConcurrentHashMap<>();

  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private HttpFront node;

  @BeforeEach
  void start() {
    node = HttpFront.listen(new HostPort("127.0.0.1", 0));
    node.serve(this::answer);
  }

  private RestAnswer answer(RestRequest request) {
    String what = request.method() + " " + request.uri();
    asked.add(what + (request.body().length == 0 ? "" : " " + body(request)));
    RestAnswer next = afterwards.remove(what);
    RestAnswer now = next == null ? answers.get(what) : answers.put(what, next);
    return now == null ? RestAnswer.error(404, "Connector " + request.path() + " not found") : now;
  }

  private static String body(RestRequest request) {
    return new String(request.body(), StandardCharsets.UTF_8);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private int run(String... words) {
    List<String> arguments = new ArrayList<>(List.of("--http", node.address().toString()));
    arguments.addAll(0, Arrays.asList(words));
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    return CommandTree.run(
        new ConnectorCommand(terminal), arguments.toArray(String[]::new), terminal);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void createSendsTheFileWithTheOptionsOverIt(@TempDir Path folder) throws Exception {
    answers.put("PUT /connectors/my%20sink/config", RestAnswer.json(201, "{}"));
    Path file = folder.resolve("sink.properties");
    Files.writeString(file, "name=my sink\nconnector.class=C\ntasks.max=1\n");
    assertEquals(0, run("create", file.toString(), "--config", "tasks.max=2"), err());
    assertEquals("created my sink\n", out());
    assertEquals(
        List.of("PUT /connectors/my%20sink/config {\"connector.class\":\"C\",\"tasks.max\":\"2\"}"),
        asked);
  }

  @Test
  void filesMayBeJsonAsTheRestApiTakesIt(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("sink.json");
    Files.writeString(file, "{\"name\":\"a\",\"config\":{\"tasks.max\":2,\"x\":null}}");
    assertEquals(Map.of("name", "a", "tasks.max", "2"), ConnectorFile.read(file));
    Files.writeString(file, "{\"name\":\"a\",\"tasks.max\":\"2\"}");
    assertEquals(Map.of("name", "a", "tasks.max", "2"), ConnectorFile.read(file));
    Files.writeString(file, "{\"name\":\"a\"");
    CliException e = assertThrows(CliException.class, () -> ConnectorFile.read(file));
    assertTrue(e.getMessage().startsWith(file + " is not JSON"), e.getMessage());
    Files.writeString(file, "{\"a\":{\"b\":1}}");
    assertThrows(CliException.class, () -> ConnectorFile.read(file));
  }

  @Test
  void aMistakeInAConfigurationIsOneSentence() {
    answers.put(
        "PUT /connectors/a/config",
        RestAnswer.error(
            400,
            "Connector configuration is invalid and contains the following 2 error(s):\nNo one.\n"
                + "No two.\nYou can also find the above list of errors at the endpoint x"));
    assertEquals(2, run("create", "a", "--config", "connector.class=C"));
    assertEquals("naru: No one.; No two.\n", err());
  }

  @Test
  void statusSaysWhyAndWhenItIsTriedAgain() {
    answers.put(
        "GET /connectors/a/status",
        RestAnswer.json(
            200,
            "{\"name\":\"a\",\"type\":\"sink\",\"connector\":{\"state\":\"RUNNING\","
                + "\"worker_id\":\"naru\"},\"tasks\":[{\"id\":0,\"state\":\"FAILED\","
                + "\"worker_id\":\"naru\",\"trace\":\"o.E: x\\n\\tat b\\nCaused by:"
                + " java.lang.IllegalStateException: the disk is full\\n\"}]}"));
    long nextMs = System.currentTimeMillis() + 3_600_000;
    answers.put(
        "GET /naru/connectors/a/restarts",
        RestAnswer.json(
            200,
            "{\"restarts\":[{\"task\":0,\"restarts\":3,\"next_restart_ms\":"
                + nextMs
                + ",\"failure\":\"f\"}]}"));
    assertEquals(0, run("status", "a"), err());
    List<String> lines = out().lines().toList();
    assertEquals("a  sink", lines.get(0));
    assertTrue(lines.get(3).matches("  task 0 +FAILED +naru +3 +in 3\\d\\d\\d s"), out());
    assertEquals("  task 0 failed: the disk is full", lines.get(4));
  }

  @Test
  void aConnectorThatIsNotThereIsAFailure() {
    assertEquals(1, run("status", "a"));
    assertEquals("naru: Connector /connectors/a not found\n", err());
  }

  @Test
  void whatPassesIsAskedAgain() {
    answers.put(
        "DELETE /connectors/a",
        RestAnswer.error(409, "Cannot complete request momentarily due to no known leader URL"));
    afterwards.put("DELETE /connectors/a", new RestAnswer(204, Map.of(), new byte[0]));
    assertEquals(0, run("delete", "a"), err());
    assertEquals("deleted a\n", out());
    assertEquals(2, asked.size());
  }

  @Test
  void offsetsAreShownAndForgotten() {
    answers.put(
        "GET /connectors/a/offsets",
        RestAnswer.json(
            200, "{\"offsets\":[{\"partition\":{\"p\":1},\"offset\":{\"lsn\":17.5}}]}"));
    answers.put("DELETE /connectors/a/offsets", RestAnswer.json(200, "{\"message\":\"gone\"}"));
    assertEquals(0, run("offsets", "a"), err());
    assertTrue(out().contains("{\"p\":1}    {\"lsn\":17.5}"), out());
    assertEquals(0, run("offsets", "a", "--reset"), err());
    assertTrue(out().endsWith("gone\n"), out());
  }

  @Test
  void logsComeFromEachWorker() {
    answers.put(
        "GET /connectors/a/status",
        RestAnswer.json(
            200, "{\"name\":\"a\",\"connector\":{\"state\":\"RUNNING\"},\"tasks\":[]}"));
    answers.put(
        "GET /naru/connectors/a/log?lines=5",
        RestAnswer.json(200, "{\"lines\":[\"one\",\"two\"]}"));
    assertEquals(0, run("logs", "a", "--lines", "5"), err());
    assertEquals("one\ntwo\n", out());
  }
}

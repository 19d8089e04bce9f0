package dev.naru.cli.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdleAnswersTest {
  @TempDir private Path jars;

  private RestAnswer answer(String method, String uri) {
    RestRequest request = new RestRequest(method, uri, Map.of(), new byte[0]);
    return new IdleAnswers(jars).answer(request, "the-id");
  }

  @Test
  void thereAreNoConnectors() {
    assertEquals("[]", answer("GET", "/connectors").text());
    assertEquals("[]", answer("GET", "/connectors/").text());
    assertEquals("{}", answer("GET", "/connectors?expand=status").text());
    RestAnswer none = answer("GET", "/connectors/a%20b/status");
    assertEquals(404, none.status());
    assertEquals("{\"error_code\":404,\"message\":\"Connector a b not found\"}", none.text());
    assertEquals(404, answer("GET", "/naru/connectors/a/log").status());
    assertEquals(404, answer("DELETE", "/connectors/a").status());
    assertEquals(
        "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}",
        answer("GET", "/favicon.ico").text());
  }

  @Test
  void theVersionIsThatOfTheJars() throws Exception {
    try (OutputStream out = Files.newOutputStream(jars.resolve("kafka-clients-1.jar"));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("kafka/kafka-version.properties"));
      zip.write("commitId=abc\nversion=1\n".getBytes(StandardCharsets.ISO_8859_1));
    }
    assertEquals(
        "{\"version\":\"1\",\"commit\":\"abc\",\"kafka_cluster_id\":\"the-id\"}",
        answer("GET", "/").text());
  }

  @Test
  void whatOnlyConnectKnowsItIsAsked() {
    assertNull(answer("POST", "/connectors"));
    assertNull(answer("PUT", "/connectors/a/config"));
    assertNull(answer("GET", "/connector-plugins"));
  }
}

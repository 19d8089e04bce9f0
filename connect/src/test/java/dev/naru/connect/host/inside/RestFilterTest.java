package dev.naru.connect.host.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

class RestFilterTest {
  private static final String SINK = "dev.naru.connect.jdbc.JdbcSinkConnector";
  private static final String SOURCE = "dev.naru.connect.crawler.CrawlerSourceConnector";

  private final FakeHerder herder = new FakeHerder();
  private final RestFilter filter = new RestFilter(new ConnectorConfigs(herder.herder()));
  private final ObjectMapper json = new ObjectMapper();

  private static RestRequest request(String method, String uri, String body) {
    return new RestRequest(method, uri, Map.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  private JsonNode in(String method, String uri, String body) throws Exception {
    return json.readTree(filter.in(request(method, uri, body)).body());
  }

  private JsonNode out(String uri, String body) throws Exception {
    return json.readTree(filter.out(request("GET", uri, ""), RestAnswer.json(200, body)).body());
  }

  @Test
  void aSinkGetsADeadLetterTopic() throws Exception {
    JsonNode config =
        in("PUT", "/connectors/my%20sink/config", "{\"connector.class\":\"" + SINK + "\"}");
    assertEquals("all", config.get("errors.tolerance").asText());
    assertEquals("my_sink-errors", config.get("errors.deadletterqueue.topic.name").asText());
    assertEquals("true", config.get("errors.deadletterqueue.context.headers.enable").asText());
    assertEquals("-1", config.get("errors.deadletterqueue.topic.replication.factor").asText());
    JsonNode created =
        in(
            "POST",
            "/connectors",
            "{\"name\":\"pages\",\"config\":{\"connector.class\":\"" + SINK + "\"}}");
    assertEquals(
        "pages-errors", created.get("config").get("errors.deadletterqueue.topic.name").asText());
  }

  @Test
  void whatTheUserSaidOfErrorsHolds() throws Exception {
    JsonNode none =
        in(
            "PUT",
            "/connectors/s/config",
            "{\"connector.class\":\"" + SINK + "\",\"errors.tolerance\":\"none\"}");
    assertEquals(2, none.size());
    JsonNode named =
        in(
            "PUT",
            "/connectors/s/config",
            "{\"connector.class\":\""
                + SINK
                + "\",\"errors.deadletterqueue.topic.name\":\"dead\"}");
    assertEquals("dead", named.get("errors.deadletterqueue.topic.name").asText());
    assertEquals("all", named.get("errors.tolerance").asText());
  }

  @Test
  void sourcesAndUnknownClassesStayAsTheyAre() throws Exception {
    assertEquals(
        1, in("PUT", "/connectors/s/config", "{\"connector.class\":\"" + SOURCE + "\"}").size());
    assertEquals(
        1, in("PUT", "/connectors/s/config", "{\"connector.class\":\"no.such.Class\"}").size());
  }

  @Test
  void whatIsNoConfigurationGoesThrough() {
    for (String body : new String[] {"", "[]", "{", "{\"config\":1}"}) {
      RestRequest post = request("POST", "/connectors", body);
      assertSame(post, filter.in(post));
      RestRequest put = request("PUT", "/connectors/a/status", body);
      assertSame(put, filter.in(put));
    }
  }

  @Test
  void secretsAreNotShown() throws Exception {
    String config =
        "{\"connector.class\":\"x\",\"db.password\":\"p4ss\",\"open.sesame\":\"p4ss\","
            + "\"connection.url\":\"jdbc:mariadb://db/x?password=p4ss\",\"topic\":\"t\"}";
    for (String shown :
        new String[] {
          out("/connectors/a/config", config).toString(),
          out("/connectors/a", "{\"name\":\"a\",\"config\":" + config + "}").toString(),
          out("/connectors?expand=info", "{\"a\":{\"info\":{\"config\":" + config + "}}}")
              .toString()
        }) {
      assertFalse(shown.contains("p4ss"), shown);
      assertTrue(shown.contains("\"topic\":\"t\""), shown);
      assertTrue(shown.contains("\"db.password\":\"[hidden]\""), shown);
    }
    String status =
        out("/connectors/a/status", "{\"tasks\":[{\"trace\":\"at password=p4ss end\"}]}")
            .toString();
    assertEquals("{\"tasks\":[{\"trace\":\"at password=[hidden] end\"}]}", status);
  }

  @Test
  void tasksHideWhatTheirConnectorHides() throws Exception {
    herder.configs.put("a", Map.of("connector.class", "x"));
    String shown =
        out("/connectors/a/tasks", "[{\"id\":{},\"config\":{\"open.sesame\":\"p4ss\"}}]")
            .toString();
    assertFalse(shown.contains("p4ss"), shown);
  }

  @Test
  void whatWasShownCanBeSentBack() throws Exception {
    herder.configs.put(
        "a",
        Map.of(
            "connector.class", SOURCE,
            "db.password", "p4ss",
            "connection.url", "jdbc:mariadb://db/x?password=p4ss"));
    JsonNode back =
        in(
            "PUT",
            "/connectors/a/config",
            "{\"connector.class\":\""
                + SOURCE
                + "\",\"db.password\":\"[hidden]\","
                + "\"connection.url\":\"jdbc:mariadb://db/x?password=[hidden]\"}");
    assertEquals("p4ss", back.get("db.password").asText());
    assertEquals("jdbc:mariadb://db/x?password=p4ss", back.get("connection.url").asText());
    ConnectException e =
        assertThrows(
            ConnectException.class,
            () -> in("PUT", "/connectors/b/config", "{\"db.password\":\"[hidden]\"}"));
    assertTrue(e.getMessage().startsWith("db.password has [hidden]"), e.getMessage());
  }

  @Test
  void changesKeepNulls() throws Exception {
    JsonNode patch =
        in("PATCH", "/connectors/a/config", "{\"connector.class\":\"" + SINK + "\",\"x\":null}");
    assertEquals(2, patch.size());
    assertTrue(patch.get("x").isNull());
  }
}

package dev.naru.connect.host.inside;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.naru.connect.host.Redaction;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Looks into the bodies of requests and answers that carry a connector's configuration: what comes
 * in is completed, what goes out shows no secrets. What it does not understand goes through as it
 * is, for Connect to say what is wrong with it. What workers say to each other is left alone.
 */
final class RestFilter {
  private static final Pattern CREATE = Pattern.compile("/connectors/?");
  private static final Pattern CONFIG = Pattern.compile("/connectors/([^/]+)/config/?");
  private static final Pattern SHOWN =
      Pattern.compile(
          "/connectors/?|/connectors/[^/]+(/(config|tasks|status|tasks/\\d+/status))?/?");
  private static final Pattern TASKS = Pattern.compile("/connectors/([^/]+)/tasks/?");
  private static final Set<String> TRACES = Set.of("trace", "message");

  private final ObjectMapper json = new ObjectMapper();
  private final ConnectorConfigs configs;

  RestFilter(ConnectorConfigs configs) {
    this.configs = configs;
  }

  /**
   * A request as Connect gets it.
   *
   * @throws ConnectException with a sentence, when the configuration makes no sense
   */
  RestRequest in(RestRequest request) {
    if (CREATE.matcher(request.path()).matches() && request.method().equals("POST")) {
      return create(request);
    }
    Matcher config = CONFIG.matcher(request.path());
    boolean whole = request.method().equals("PUT");
    if (!config.matches() || !(whole || request.method().equals("PATCH"))) {
      return request;
    }
    JsonNode body = read(request.body());
    Map<String, String> sent = body == null ? null : strings(body);
    if (sent == null) {
      return request;
    }
    return with(
        request,
        json.valueToTree(configs.complete(RestRequest.decoded(config.group(1)), sent, whole)));
  }

  private RestRequest create(RestRequest request) {
    JsonNode body = read(request.body());
    if (!(body instanceof ObjectNode whole)) {
      return request;
    }
    if (whole.get("config") == null || whole.get("config").isNull()) {
      throw new ConnectException("config is missing: an object with the connector's options");
    }
    Map<String, String> sent = strings(whole.get("config"));
    JsonNode given = whole.get("name");
    if (sent == null || (given != null && !given.isTextual())) {
      return request;
    }
    String name = given == null ? sent.get("name") : given.textValue();
    if (name == null || name.isBlank()) {
      return request;
    }
    whole.set("config", json.valueToTree(configs.complete(name.strip(), sent, true)));
    return with(request, whole);
  }

  /** A configuration, or null when it is none. */
  private static Map<String, String> strings(JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      return null;
    }
    Map<String, String> strings = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> one : object.properties()) {
      if (one.getValue().isContainerNode()) {
        return null;
      }
      strings.put(one.getKey(), one.getValue().isNull() ? null : one.getValue().asText());
    }
    return strings;
  }

  private JsonNode read(byte[] body) {
    try {
      return body.length == 0 ? null : json.readTree(body);
    } catch (IOException e) {
      return null; // Connect says what is wrong with it.
    }
  }

  private RestRequest with(RestRequest request, JsonNode body) {
    Map<String, List<String>> headers = new HashMap<>(request.headers());
    headers.keySet().removeIf(name -> name.equalsIgnoreCase("Content-Length"));
    return new RestRequest(request.method(), request.uri(), headers, bytes(body));
  }

  private byte[] bytes(JsonNode body) {
    try {
      return json.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree could not be written", e);
    }
  }

  /** An answer as the user gets it. */
  RestAnswer out(RestRequest request, RestAnswer answer) {
    boolean error = answer.status() >= 400;
    if (!error && !SHOWN.matcher(request.path()).matches()) {
      return answer;
    }
    JsonNode body = read(answer.body());
    if (body == null || !body.isContainerNode()) {
      return answer;
    }
    if (CONFIG.matcher(request.path()).matches() && request.method().equals("GET") && !error) {
      hide(body, type(body));
    } else {
      Matcher tasks = TASKS.matcher(request.path());
      boolean ofTasks = tasks.matches() && !error;
      walk(body, ofTasks ? configs.type(RestRequest.decoded(tasks.group(1))) : null);
    }
    return new RestAnswer(answer.status(), answer.headers(), bytes(body));
  }

  /**
   * @param known the connector's class where configurations do not name it, or null
   */
  private void walk(JsonNode node, String known) {
    if (node instanceof ObjectNode object) {
      JsonNode config = object.get("config");
      if (config instanceof ObjectNode) {
        hide(config, known == null ? type(config) : known);
      }
      for (String name : TRACES) {
        if (object.get(name) instanceof TextNode text) {
          object.put(name, Redaction.text(text.textValue()));
        }
      }
    }
    node.forEach(child -> walk(child, known));
  }

  private static String type(JsonNode config) {
    JsonNode type = config.get("connector.class");
    return type == null ? null : type.asText();
  }

  private void hide(JsonNode config, String type) {
    if (!(config instanceof ObjectNode object)) {
      return;
    }
    for (Map.Entry<String, JsonNode> one : object.properties()) {
      if (one.getValue().isTextual()) {
        boolean secret = configs.isSecret(type, one.getKey());
        one.setValue(TextNode.valueOf(Redaction.value(secret, one.getValue().textValue())));
      }
    }
  }
}

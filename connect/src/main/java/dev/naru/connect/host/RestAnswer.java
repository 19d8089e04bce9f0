package dev.naru.connect.host;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * An answer of Kafka Connect's REST API.
 *
 * @param status HTTP's
 * @param headers by name
 * @param body empty when there is none
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record RestAnswer(int status, Map<String, List<String>> headers, byte[] body) {
  /** An answer that is a JSON text. */
  public static RestAnswer json(int status, String json) {
    return new RestAnswer(
        status,
        Map.of("Content-Type", List.of("application/json")),
        json.getBytes(StandardCharsets.UTF_8));
  }

  /** A refusal as Kafka Connect words it. */
  public static RestAnswer error(int status, String message) {
    return json(status, "{\"error_code\":" + status + ",\"message\":" + quoted(message) + "}");
  }

  /** The body as text. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** A JSON string. */
  public static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ') {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}

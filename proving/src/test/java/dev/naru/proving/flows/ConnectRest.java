package dev.naru.proving.flows;

import dev.naru.proving.Clients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kafka Connect's REST API, as curl would use it. */
final class ConnectRest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration RUNNING_DEADLINE = Duration.ofSeconds(60);
  private static final Pattern STATE = Pattern.compile("\"state\"\\s*:\\s*\"(\\w+)\"");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;

  /**
   * @param address HOST:PORT
   */
  ConnectRest(String address) {
    base = "http://" + address;
  }

  /** Whether it answers yet. */
  boolean answers() {
    try {
      return send("GET", "/connectors", "").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Creates a connector from a file's text: {@code {"name": …, "config": {…}}}. */
  void create(String json) {
    try {
      HttpResponse<String> answer = send("POST", "/connectors", json);
      if (answer.statusCode() != 201) {
        throw new AssertionError(answer.statusCode() + ": " + answer.body() + "\n" + json);
      }
    } catch (IOException e) {
      throw new AssertionError("cannot create a connector", e);
    }
  }

  /** Waits until the connector and at least one task run; fails with the reason when one failed. */
  void awaitRunning(String name) {
    Clients.await(
        name + " runs",
        RUNNING_DEADLINE,
        () -> {
          String status = status(name);
          if (status.contains("\"FAILED\"")) {
            throw new AssertionError(status.replace("\\n", "\n").replace("\\t", "\t"));
          }
          Matcher states = STATE.matcher(status);
          int running = 0;
          while (states.find()) {
            running += states.group(1).equals("RUNNING") ? 1 : 0;
          }
          return running >= 2;
        });
  }

  /** The connector's status as it comes; empty while there is none. */
  String status(String name) {
    try {
      HttpResponse<String> answer = send("GET", "/connectors/" + name + "/status", "");
      return answer.statusCode() == 200 ? answer.body() : "";
    } catch (IOException notYet) {
      return "";
    }
  }

  private HttpResponse<String> send(String method, String path, String body) throws IOException {
    HttpRequest.BodyPublisher publisher =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .method(method, publisher)
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

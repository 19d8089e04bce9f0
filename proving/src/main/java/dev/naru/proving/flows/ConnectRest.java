package dev.naru.proving.flows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kafka Connect's REST API, as curl would use it. Any thread. */
public final class ConnectRest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long ASK_AGAIN_MS = 5;
  private static final Pattern STATE = Pattern.compile("\"state\"\\s*:\\s*\"(\\w+)\"");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;

  /**
   * @param address HOST:PORT
   */
  public ConnectRest(String address) {
    base = "http://" + address;
  }

  /** Whether it answers yet. */
  public boolean answers() {
    try {
      return send("GET", "/connectors", "").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Waits until it answers, a moment after the node is ready for Kafka's clients. */
  public ConnectRest awaitUp() {
    Await.until("HTTP at " + base, PATIENCE, ASK_AGAIN_MS, this::answers);
    return this;
  }

  /** Creates a connector from a file's text: {@code {"name": …, "config": {…}}}. */
  public void create(String json) {
    HttpResponse<String> answer = sendNow("POST", "/connectors", json);
    if (answer.statusCode() != 201) {
      throw new IllegalStateException(answer.statusCode() + ": " + answer.body() + "\n" + json);
    }
  }

  /** Creates a connector. */
  public void create(String name, Map<String, String> config) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("name", name);
      json.writeObjectFieldStart("config");
      for (Map.Entry<String, String> option : config.entrySet()) {
        json.writeStringField(option.getKey(), option.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    create(text.toString());
  }

  /** Deletes a connector and waits until nothing of it runs. */
  public void delete(String name) {
    HttpResponse<String> answer = sendNow("DELETE", "/connectors/" + name, "");
    if (answer.statusCode() != 204) {
      throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
    }
    Await.until(name + " is gone", PATIENCE, ASK_AGAIN_MS, () -> status(name).isEmpty());
  }

  /** Waits until the connector and at least one task run; fails with the reason when one failed. */
  public void awaitRunning(String name) {
    Await.until(name + " runs", PATIENCE, ASK_AGAIN_MS, () -> running(name) >= 2);
  }

  /**
   * How many parts of a connector run, the connector itself and its tasks.
   *
   * @throws IllegalStateException with the reason when one of them failed
   */
  public int running(String name) {
    String status = status(name);
    if (status.contains("\"FAILED\"")) {
      throw new IllegalStateException(status.replace("\\n", "\n").replace("\\t", "\t"));
    }
    Matcher states = STATE.matcher(status);
    int running = 0;
    while (states.find()) {
      running += states.group(1).equals("RUNNING") ? 1 : 0;
    }
    return running;
  }

  /** The connector's status as it comes; empty while there is none. */
  public String status(String name) {
    try {
      HttpResponse<String> answer = send("GET", "/connectors/" + name + "/status", "");
      return answer.statusCode() == 200 ? answer.body() : "";
    } catch (IOException notYet) {
      return "";
    }
  }

  private HttpResponse<String> sendNow(String method, String path, String body) {
    try {
      return send(method, path, body);
    } catch (IOException e) {
      throw new UncheckedIOException("no answer to " + method + " " + base + path, e);
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

package dev.naru.cli.connector;

import dev.naru.cli.CliException;
import dev.naru.cli.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Option;

/** A node's Connect REST API, as a command talks to it. */
final class ConnectApi {
  private static final String DEFAULT_HTTP = "127.0.0.1:8080";
  private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(3);
  private static final Duration ANSWER_PATIENCE = Duration.ofMinutes(2);
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;

  /** Workers that agree anew on who does what refuse what they would take a moment later. */
  private static final long CONFLICT_PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

  private static final long CONFLICT_PAUSE_MS = 300;

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      defaultValue = DEFAULT_HTTP,
      description = "Where the node speaks HTTP (default: ${DEFAULT-VALUE}).")
  private String http = DEFAULT_HTTP;

  private HttpClient client;

  /** An answer that was no refusal; empty when there is no body. */
  Object get(String path) {
    return ask("GET", path, null);
  }

  /** As {@link #get}, or null when there is no such thing. */
  Object find(String path) {
    HttpResponse<String> response = send(address(), "GET", path, null);
    return response.statusCode() == NOT_FOUND ? null : body(response);
  }

  /** As {@link #find}, of another worker; null, too, when it does not answer. */
  Object findAt(String worker, String path) {
    try {
      HttpResponse<String> response = send(HostPort.parse("worker", worker), "GET", path, null);
      return response.statusCode() == NOT_FOUND ? null : body(response);
    } catch (CliException e) {
      return null;
    }
  }

  Object ask(String method, String path, String json) {
    return body(send(address(), method, path, json));
  }

  /** Whether the node made something, and did not only change it. */
  boolean made(String method, String path, String json) {
    HttpResponse<String> response = send(address(), method, path, json);
    body(response);
    return response.statusCode() == 201;
  }

  HostPort address() {
    return HostPort.parse("--http", http);
  }

  /** A name as a part of a path. */
  static String part(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpResponse<String> send(HostPort at, String method, String path, String json) {
    if (client == null) {
      client = HttpClient.newBuilder().connectTimeout(CONNECT_PATIENCE).build();
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + at + path))
            .version(HttpClient.Version.HTTP_1_1)
            .timeout(ANSWER_PATIENCE)
            .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
    if (json != null) {
      request.header("Content-Type", "application/json");
    }
    long deadlineNs = System.nanoTime() + CONFLICT_PATIENCE_NS;
    try {
      while (true) {
        HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
        boolean passing =
            response.statusCode() == CONFLICT && response.body().contains("momentarily");
        if (!passing || System.nanoTime() - deadlineNs >= 0) {
          return response;
        }
        TimeUnit.MILLISECONDS.sleep(CONFLICT_PAUSE_MS);
      }
    } catch (ConnectException e) {
      throw CliException.failure(
          "no node answers at "
              + at
              + "; start one with ./naru start, or say --http with the address of its line 'http'",
          e);
    } catch (HttpTimeoutException e) {
      throw CliException.failure("the node at " + at + " did not answer in time", e);
    } catch (IOException e) {
      throw CliException.failure("the node at " + at + " broke off: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    }
  }

  private Object body(HttpResponse<String> response) {
    Object body;
    try {
      body = response.body().isBlank() ? null : Json.read(response.body());
    } catch (IOException e) {
      throw CliException.failure(
          "what answers at " + response.uri().getAuthority() + " is no node of Naru", e);
    }
    int status = response.statusCode();
    if (status < 400) {
      return body;
    }
    String said = sentence(Json.text(body, "message"));
    String why = said.isEmpty() ? "the node answered with HTTP status " + status : said;
    throw status == 400 || status == 422 ? CliException.mistake(why) : CliException.failure(why);
  }

  /** Connect's list of what is wrong with a configuration, as one line. */
  private static String sentence(String message) {
    return message
        .replaceFirst("^Connector configuration is invalid and contains .*:\\R", "")
        .replaceFirst("\\RYou can also find the above list .*", "")
        .replaceFirst(
            ", available connectors are: [\\s\\S]*",
            "; ./naru plugin list shows those that are installed")
        .strip()
        .replaceAll("\\R+", "; ");
  }
}

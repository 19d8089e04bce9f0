package dev.naru.proving.connect;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A node's Connect REST API, as any HTTP client sees it. */
final class Rest {
  /** What came back. */
  record Answer(int status, String body) {}

  private final String address;

  /**
   * @param address HOST:PORT
   */
  Rest(String address) {
    this.address = address;
  }

  Answer get(String path) throws IOException {
    return ask("GET", path, null);
  }

  Answer ask(String method, String path, String json) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://" + address + path).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setConnectTimeout(30_000);
    connection.setReadTimeout(100_000);
    if (json != null) {
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream out = connection.getOutputStream()) {
        out.write(json.getBytes(StandardCharsets.UTF_8));
      }
    }
    int status = connection.getResponseCode();
    try (var in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String body = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(status, body);
    } finally {
      connection.disconnect();
    }
  }
}

package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Outcome;
import java.util.Locale;
import java.util.Map;

/** What a server answered. Whoever holds it owns the body. */
public final class HttpAnswer {
  private final int status;
  private final Map<String, String> headers;
  private final byte[] body;
  private final Outcome refusal;

  HttpAnswer(int status, Map<String, String> headers, byte[] body, Outcome refusal) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.refusal = refusal;
  }

  public int status() {
    return status;
  }

  /** The decompressed body of a 2xx answer; empty when it was not read. */
  public byte[] body() {
    return body;
  }

  /** Why the body was not read, or null. */
  public Outcome refusal() {
    return refusal;
  }

  /** The header's value, repeated ones joined by commas, or null. */
  public String header(String lowerCaseName) {
    return headers.get(lowerCaseName);
  }

  /** The content type without its parameters, in lower case; empty when the server names none. */
  public String contentType() {
    String value = headers.getOrDefault("content-type", "");
    int semicolon = value.indexOf(';');
    return (semicolon < 0 ? value : value.substring(0, semicolon)).trim().toLowerCase(Locale.ROOT);
  }
}

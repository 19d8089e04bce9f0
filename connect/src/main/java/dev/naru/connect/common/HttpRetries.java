package dev.naru.connect.common;

import dev.naru.connect.crawler.http.RetryAfter;
import java.io.IOException;
import java.net.URI;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when to try again after a failure that may pass, with growing pauses or when the server says
 * so. Used by one thread.
 */
public final class HttpRetries {
  private static final Logger LOG = LoggerFactory.getLogger(HttpRetries.class);

  /**
   * A failure that is tried again.
   *
   * @param sentence what happened, for people
   * @param pauseMs how long to wait before the next try
   */
  public record Retry(String sentence, long pauseMs) {}

  private final AbstractConfig config;
  private int failuresInRow;

  /** Retries as the {@link RetryOptions} of a configuration say. */
  public HttpRetries(AbstractConfig config) {
    this.config = config;
  }

  /**
   * A call without an answer.
   *
   * @throws ConnectException when it was tried often enough
   */
  public Retry failed(String method, URI uri, IOException e) {
    String what = method + " " + HttpCalls.describe(uri) + " failed: " + HttpCalls.reason(e);
    return retry(what, 0, e);
  }

  /**
   * An answer that asks to come later, or that the server has troubles.
   *
   * @throws ConnectException when it was tried often enough
   */
  public Retry refused(String method, URI uri, HttpCalls.Answer answer) {
    long afterMs = RetryAfter.parseMs(answer.header("Retry-After"), System.currentTimeMillis());
    return retry(sentence(method, uri, answer), afterMs, null);
  }

  /** What a server answered, for people. */
  public static String sentence(String method, URI uri, HttpCalls.Answer answer) {
    String excerpt = answer.excerpt();
    return method
        + " "
        + HttpCalls.describe(uri)
        + " was answered "
        + answer.status()
        + (excerpt.isEmpty() ? "" : ": " + excerpt);
  }

  private Retry retry(String what, long afterMs, IOException cause) {
    failuresInRow++;
    if (RetryOptions.isTooOften(config, failuresInRow)) {
      throw new ConnectException(what, cause);
    }
    long maxMs = RetryOptions.backoff(config).maxMs();
    long pauseMs =
        Math.max(RetryOptions.backoff(config).pauseMs(failuresInRow), Math.min(afterMs, maxMs));
    String sentence = what + " (tried again in " + pauseMs + " ms, nothing is lost)";
    LOG.warn("{}", sentence);
    return new Retry(sentence, pauseMs);
  }

  /** Takes note of a success. */
  public void succeeded() {
    failuresInRow = 0;
  }
}

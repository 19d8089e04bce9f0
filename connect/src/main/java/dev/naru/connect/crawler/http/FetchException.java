package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import java.io.IOException;

/** A request that got no usable answer: what to count it as, and whether to try again. */
public final class FetchException extends IOException {
  private final transient Outcome outcome;
  private final transient Failure failure;

  public FetchException(Outcome outcome, Failure failure, String message) {
    super(message);
    this.outcome = outcome;
    this.failure = failure;
  }

  FetchException(Outcome outcome, Failure failure, String message, Throwable cause) {
    super(message, cause);
    this.outcome = outcome;
    this.failure = failure;
  }

  public Outcome outcome() {
    return outcome;
  }

  public Failure failure() {
    return failure;
  }
}

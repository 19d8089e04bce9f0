package dev.naru.broker.api;

import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Answers one Kafka API. The table of handlers is the feature list: what has no handler is refused
 * and not advertised.
 */
public interface ApiHandler {
  ApiKeys api();

  /** Lowest version that is served and advertised. */
  default short minVersion() {
    return api().oldestVersion();
  }

  /** Highest version that is served and advertised. */
  default short maxVersion() {
    return api().latestVersion(false);
  }

  /**
   * Handles a request, on the event loop of its connection: must not block. Answers now or later,
   * from any thread, with exactly one of {@link Request#respond} and {@link Request#fail}. What it
   * throws is answered like {@code fail}.
   */
  void handle(Request request);
}

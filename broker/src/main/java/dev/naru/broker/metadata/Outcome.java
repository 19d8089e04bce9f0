package dev.naru.broker.metadata;

import java.util.List;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * What a command wants: records to be appended all or none, and the answer that leaves when they
 * are durable and have taken effect.
 */
record Outcome<T>(List<ApiMessageAndVersion> records, T response) {
  static <T> Outcome<T> of(T response) {
    return new Outcome<>(List.of(), response);
  }
}

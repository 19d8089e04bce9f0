package dev.naru.connect.http;

import dev.naru.connect.common.JsonText;
import dev.naru.connect.common.SinkRecords;
import dev.naru.connect.http.HttpSinkConfig.BodyFormat;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Records of one partition that are sent together.
 *
 * @param records the records, in their order
 * @param bodies what each of them adds to the body
 * @param method the method
 */
record SinkCall(List<SinkRecord> records, List<byte[]> bodies, String method) {

  SinkRecord first() {
    return records.get(0);
  }

  SinkRecord last() {
    return records.get(records.size() - 1);
  }

  /** What a record's value is in a body, or null when it cannot be in one. */
  static byte[] body(SinkRecord record, BodyFormat format) {
    Object value = record.value();
    if (format != BodyFormat.TEXT) {
      return JsonText.of(value).getBytes(StandardCharsets.UTF_8);
    }
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    return null;
  }

  static DataException cannotBeText(SinkRecord record) {
    return new DataException(
        "The record "
            + SinkRecords.where(record)
            + " has a value of type "
            + record.value().getClass().getSimpleName()
            + ", but body.format=text takes texts and bytes only.");
  }

  URI uri(HttpSinkConfig config) {
    String key = first().key() == null ? "" : keyText(first().key());
    if (config.hasUrlPerKey() && key.isEmpty()) {
      throw new DataException(
          "The record "
              + SinkRecords.where(first())
              + " has no key, which http.url needs for ${key}.");
    }
    return URI.create(
        config
            .url()
            .replace(HttpSinkConfig.TOPIC_MARK, Urls.encoded(first().topic()))
            .replace(HttpSinkConfig.KEY_MARK, Urls.encoded(key)));
  }

  private static String keyText(Object key) {
    return key instanceof String text ? text : JsonText.of(key);
  }

  HttpRequest request(HttpSinkConfig config) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(config));
    config.headers().forEach(request::setHeader);
    if (!config.idempotencyHeader().isEmpty()) {
      request.setHeader(config.idempotencyHeader(), idempotencyKey());
    }
    if (bodies.isEmpty()) {
      return request.method(method, HttpRequest.BodyPublishers.noBody()).build();
    }
    request.setHeader("Content-Type", config.contentType());
    return request
        .method(method, HttpRequest.BodyPublishers.ofByteArray(body(config.bodyFormat())))
        .build();
  }

  private String idempotencyKey() {
    String key =
        first().originalTopic()
            + "-"
            + first().originalKafkaPartition()
            + "-"
            + first().originalKafkaOffset();
    return records.size() == 1 ? key : key + "-" + last().originalKafkaOffset();
  }

  private byte[] body(BodyFormat format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (format == BodyFormat.ARRAY) {
      out.write('[');
    }
    for (int i = 0; i < bodies.size(); i++) {
      if (i > 0 && format == BodyFormat.ARRAY) {
        out.write(',');
      }
      out.writeBytes(bodies.get(i));
      if (format == BodyFormat.LINES) {
        out.write('\n');
      }
    }
    if (format == BodyFormat.ARRAY) {
      out.write(']');
    }
    return out.toByteArray();
  }

  /** The same records, each in a call of its own. */
  List<SinkCall> oneByOne() {
    List<SinkCall> calls = new ArrayList<>();
    for (int i = 0; i < records.size(); i++) {
      calls.add(new SinkCall(List.of(records.get(i)), List.of(bodies.get(i)), method));
    }
    return calls;
  }
}

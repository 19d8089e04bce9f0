package dev.naru.connect.s3;

import dev.naru.connect.common.JsonText;
import dev.naru.connect.common.SinkRecords;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/** What a record is in an object: one line. Stateless. */
final class Lines {
  private final boolean text;
  private final boolean envelope;

  Lines(S3SinkConfig config) {
    this.text = config.isText();
    this.envelope = config.hasEnvelope();
  }

  /**
   * The record's line, or null for one that has none.
   *
   * @throws DataException when it cannot be one
   */
  byte[] line(SinkRecord record) {
    if (record.value() == null && !envelope) {
      return null;
    }
    String value = text ? text(record) : JsonText.of(record.value());
    return (envelope ? wrapped(record, value) : value).getBytes(StandardCharsets.UTF_8);
  }

  private static String text(SinkRecord record) {
    if (record.value() == null) {
      return "null";
    }
    if (!(record.value() instanceof String value)) {
      throw new DataException(
          "The record "
              + SinkRecords.where(record)
              + " has a value of type "
              + record.value().getClass().getSimpleName()
              + ", but value.format=text takes texts only.");
    }
    if (value.indexOf('\n') >= 0) {
      throw new DataException(
          "The record "
              + SinkRecords.where(record)
              + " has several lines, but is to be one in the object.");
    }
    return value;
  }

  private static String wrapped(SinkRecord record, String value) {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("topic", record.topic());
    about.put("partition", record.kafkaPartition());
    about.put("offset", record.kafkaOffset());
    about.put("timestamp", record.timestamp());
    about.put("key", record.key());
    String json = JsonText.of(about);
    return json.substring(0, json.length() - 1) + ",\"value\":" + value + "}";
  }
}

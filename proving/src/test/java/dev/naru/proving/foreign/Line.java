package dev.naru.proving.foreign;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A record in the form in which programs of all languages hand it over: tab-separated fields,
 * {@code NULL} for a key or value that is not there, headers as {@code name=value,name=value}.
 */
record Line(
    String topic, int partition, long timestampMs, String key, String value, String headers) {
  static final String NULL = "NULL";

  static Line of(ConsumerRecord<String, String> record) {
    return new Line(
        record.topic(),
        record.partition(),
        record.timestamp(),
        record.key() == null ? NULL : record.key(),
        record.value() == null ? NULL : record.value(),
        Arrays.stream(record.headers().toArray()).map(Line::text).collect(Collectors.joining(",")));
  }

  private static String text(Header header) {
    return header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8);
  }

  static Line parse(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != 6) {
      throw new IllegalArgumentException("six fields expected: " + line);
    }
    return new Line(
        fields[0],
        Integer.parseInt(fields[1]),
        Long.parseLong(fields[2]),
        fields[3],
        fields[4],
        fields[5]);
  }

  ProducerRecord<String, String> toRecord() {
    ProducerRecord<String, String> record =
        new ProducerRecord<>(
            topic,
            partition,
            timestampMs,
            key.equals(NULL) ? null : key,
            value.equals(NULL) ? null : value);
    if (!headers.isEmpty()) {
      for (String header : headers.split(",")) {
        String[] pair = header.split("=", 2);
        record.headers().add(pair[0], pair[1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return record;
  }

  Line at(long otherTimestampMs) {
    return new Line(topic, partition, otherTimestampMs, key, value, headers);
  }

  String text() {
    return String.join(
        "\t", topic, String.valueOf(partition), String.valueOf(timestampMs), key, value, headers);
  }

  /** Short enough to find the difference in a failure's message. */
  @Override
  public String toString() {
    return value.length() <= 40
        ? text()
        : new Line(
                topic,
                partition,
                timestampMs,
                key,
                value.substring(0, 20) + "…" + value.length() + " #" + value.hashCode(),
                headers)
            .text();
  }
}

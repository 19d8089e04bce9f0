package dev.naru.connect.jdbc;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table's name, part by part: catalogue or schema if any, and the table itself. Parts are never
 * split or joined again unquoted.
 */
record TableName(List<String> parts) {
  private static final String TOPIC = "${topic}";

  /**
   * Fills a topic's name into a format such as {@code archive.${topic}}; dots of the topic stay
   * inside the name.
   */
  static TableName of(String format, String topic) {
    return new TableName(
        Arrays.stream(format.split("\\.")).map(part -> part.replace(TOPIC, topic)).toList());
  }

  String quoted(Dialect dialect) {
    return parts.stream().map(dialect::quote).collect(Collectors.joining("."));
  }

  @Override
  public String toString() {
    return String.join(".", parts);
  }
}

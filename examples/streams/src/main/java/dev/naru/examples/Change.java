package dev.naru.examples;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What Debezium says of a change of a row.
 *
 * @param before the row as it was; null when there was none
 * @param after the row as it is; null when it is gone
 * @param source which change of the database this is
 * @param op c (create), u (update), d (delete), or r (read, when the capture began)
 */
record Change(JsonNode before, JsonNode after, JsonNode source, String op) {

  /**
   * Where the change stands in the database's own log, as text that sorts as the log does:
   * MariaDB's binlog file, position and row, or PostgreSQL's log sequence number.
   */
  String position() {
    if (source.hasNonNull("lsn")) {
      return padded("lsn");
    }
    return source.path("file").asText() + ":" + padded("pos") + ":" + padded("row");
  }

  private String padded(String field) {
    return String.format("%020d", source.path(field).asLong());
  }
}

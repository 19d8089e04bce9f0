package dev.naru.connect.http;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The sink's options, each declared once. */
public final class HttpSinkConfig extends HttpConfig {
  /** What a request's body is. */
  enum BodyFormat {
    JSON,
    ARRAY,
    LINES,
    TEXT
  }

  /** What becomes of a record without a value. */
  enum Tombstones {
    SKIP,
    DELETE,
    ERROR
  }

  static final String KEY_MARK = "${key}";
  static final String TOPIC_MARK = "${topic}";
  private static final String METHOD = "http.method";
  private static final String BODY_FORMAT = "body.format";
  private static final String CONTENT_TYPE = "http.content.type";
  private static final String BATCH_RECORDS = "batch.records";
  private static final String BATCH_BYTES = "batch.bytes";
  private static final String IDEMPOTENCY_HEADER = "idempotency.header";
  private static final String TOMBSTONES = "tombstones";

  static final ConfigDef DEFINITION =
      limits(
          sending(
              calls(
                  new ConfigDef(),
                  "The URL to call. ${topic} stands for a record's topic, and ${key} for its key, if records are sent one by one.")));

  public HttpSinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties, "http-sink");
    checkTogether();
  }

  private static ConfigDef sending(ConfigDef def) {
    return def.define(
            METHOD,
            ConfigDef.Type.STRING,
            "POST",
            ValidString.in("POST", "PUT", "PATCH"),
            Importance.MEDIUM,
            "The method to call it by.")
        .define(
            BODY_FORMAT,
            ConfigDef.Type.STRING,
            "json",
            ValidString.in("json", "array", "lines", "text"),
            Importance.HIGH,
            "What a request's body is: a record's value as JSON, a JSON array of values, lines of JSON, or the value as it is, which must be a text or bytes.")
        .define(
            BATCH_RECORDS,
            ConfigDef.Type.INT,
            1,
            Range.between(1, 10_000),
            Importance.MEDIUM,
            "How many records a request has at most, with body.format array or lines. All of them are of one partition.")
        .define(
            BATCH_BYTES,
            ConfigDef.Type.INT,
            1024 * 1024,
            Range.atLeast(1),
            Importance.LOW,
            "How many bytes a request's body has at most; a single record may be larger.")
        .define(
            CONTENT_TYPE,
            ConfigDef.Type.STRING,
            "",
            Importance.LOW,
            "The Content-Type; empty: application/json, application/x-ndjson for lines, text/plain for text.")
        .define(
            IDEMPOTENCY_HEADER,
            ConfigDef.Type.STRING,
            "Idempotency-Key",
            Importance.MEDIUM,
            "The header that says which records a request has (topic-partition-offset, with the last offset after the first for several), by which a server knows one that it had before; empty: none.")
        .define(
            TOMBSTONES,
            ConfigDef.Type.STRING,
            "skip",
            ValidString.in("skip", "delete", "error"),
            Importance.MEDIUM,
            "What becomes of a record without a value: it is left out, the URL is called by DELETE, or it counts as one that cannot be sent.");
  }

  private void checkTogether() {
    boolean many = bodyFormat() == BodyFormat.ARRAY || bodyFormat() == BodyFormat.LINES;
    if (batchRecords() > 1 && !many) {
      throw new ConfigException(
          BATCH_RECORDS + "=" + batchRecords() + " needs " + BODY_FORMAT + " array or lines.");
    }
    if (url().contains(KEY_MARK) && batchRecords() > 1) {
      throw new ConfigException(
          URL + " with " + KEY_MARK + " needs " + BATCH_RECORDS + "=1: each record has its own.");
    }
    if (url().replace(KEY_MARK, "").replace(TOPIC_MARK, "").contains("${")) {
      throw new ConfigException(
          URL + " may contain " + TOPIC_MARK + " and " + KEY_MARK + ", and no other ${…}.");
    }
    if (tombstones() == Tombstones.DELETE && !url().contains(KEY_MARK)) {
      throw new ConfigException(
          TOMBSTONES + "=delete needs " + KEY_MARK + " in " + URL + ", to say what to delete.");
    }
  }

  String method() {
    return getString(METHOD);
  }

  BodyFormat bodyFormat() {
    return choice(BODY_FORMAT, BodyFormat.class);
  }

  String contentType() {
    if (!getString(CONTENT_TYPE).isEmpty()) {
      return getString(CONTENT_TYPE);
    }
    return switch (bodyFormat()) {
      case JSON, ARRAY -> "application/json";
      case LINES -> "application/x-ndjson";
      case TEXT -> "text/plain; charset=utf-8";
    };
  }

  int batchRecords() {
    return getInt(BATCH_RECORDS);
  }

  int batchBytes() {
    return getInt(BATCH_BYTES);
  }

  /** Empty for none. */
  String idempotencyHeader() {
    return getString(IDEMPOTENCY_HEADER);
  }

  Tombstones tombstones() {
    return choice(TOMBSTONES, Tombstones.class);
  }

  /** Whether what the URL names depends on the record. */
  boolean hasUrlPerKey() {
    return url().contains(KEY_MARK);
  }
}

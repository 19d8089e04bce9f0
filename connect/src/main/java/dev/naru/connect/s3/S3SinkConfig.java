package dev.naru.connect.s3;

import dev.naru.connect.common.NaruConfig;
import dev.naru.connect.common.RetryOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The sink's options, each declared once. */
public final class S3SinkConfig extends NaruConfig {
  /** What objects are divided by, besides topic and partition. */
  enum Partitioning {
    NONE,
    DAY,
    HOUR
  }

  static final String BUCKET = "s3.bucket";
  private static final String ENDPOINT = "s3.endpoint";
  private static final String REGION = "s3.region";
  private static final String PATH_STYLE = "s3.path.style";
  private static final String ACCESS_KEY = "s3.access.key";
  private static final String SECRET_KEY = "s3.secret.key";
  private static final String SESSION_TOKEN = "s3.session.token";
  private static final String PREFIX = "s3.prefix";
  private static final String TIMEOUT_MS = "s3.timeout.ms";
  private static final String PARTITIONING = "partition.by";
  private static final String GZIP = "gzip";
  private static final String ENVELOPE = "record.envelope";
  private static final String VALUE_FORMAT = "value.format";
  private static final String ROTATE_RECORDS = "rotate.records";
  private static final String ROTATE_BYTES = "rotate.bytes";
  private static final String ROTATE_SPAN_MS = "rotate.span.ms";
  private static final String ROTATE_AFTER_MS = "rotate.after.ms";
  private static final String BUFFER_BYTES_MAX = "buffer.bytes.max";

  static final ConfigDef DEFINITION =
      RetryOptions.define(rotation(contents(store(new ConfigDef()))), "a store that is down");

  public S3SinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties, "s3-sink");
    if (getString(ACCESS_KEY).isEmpty() != (getPassword(SECRET_KEY) == null)) {
      throw new ConfigException("Set both " + ACCESS_KEY + " and " + SECRET_KEY + ", or neither.");
    }
  }

  private static ConfigDef store(ConfigDef def) {
    return def.define(
            BUCKET,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            S3SinkConfig::checkBucket,
            Importance.HIGH,
            "The bucket, which must be there.")
        .define(
            ENDPOINT,
            ConfigDef.Type.STRING,
            "",
            S3SinkConfig::checkEndpoint,
            Importance.HIGH,
            "The store's URL, such as http://minio:9000; empty: Amazon's of the region.")
        .define(
            REGION,
            ConfigDef.Type.STRING,
            "us-east-1",
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The region that requests are signed for. Most other stores want us-east-1.")
        .define(
            PATH_STYLE,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.LOW,
            "Whether the bucket is the first part of the path; if not, it is the first part of the host's name.")
        .define(
            ACCESS_KEY,
            ConfigDef.Type.STRING,
            "",
            Importance.HIGH,
            "The access key's id; without one requests are not signed.")
        .define(SECRET_KEY, ConfigDef.Type.PASSWORD, null, Importance.HIGH, "The secret key.")
        .define(
            SESSION_TOKEN,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.LOW,
            "The session's token, for keys that are temporary.")
        .define(
            PREFIX,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "What objects' names begin with, such as archive/.")
        .define(
            TIMEOUT_MS,
            ConfigDef.Type.INT,
            60_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many milliseconds storing an object may take.");
  }

  private static ConfigDef contents(ConfigDef def) {
    return def.define(
            PARTITIONING,
            ConfigDef.Type.STRING,
            "none",
            ValidString.in("none", "day", "hour"),
            Importance.MEDIUM,
            "Whether objects are divided by the day or the hour of their records' timestamps (UTC), as date=2026-11-26/hour=13.")
        .define(
            GZIP,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether objects are compressed; their names end in .jsonl.gz then, and in .jsonl otherwise.")
        .define(
            ENVELOPE,
            ConfigDef.Type.BOOLEAN,
            false,
            Importance.MEDIUM,
            "Whether a line is the value alone, or an object with topic, partition, offset, timestamp, key and value. Alone, records without a value are left out.")
        .define(
            VALUE_FORMAT,
            ConfigDef.Type.STRING,
            "json",
            ValidString.in("json", "text"),
            Importance.MEDIUM,
            "Whether values are written as JSON, or are texts of one line each that already are what is to be written.");
  }

  private static ConfigDef rotation(ConfigDef def) {
    return def.define(
            ROTATE_RECORDS,
            ConfigDef.Type.INT,
            100_000,
            Range.atLeast(1),
            Importance.HIGH,
            "After how many records of a partition its objects are stored.")
        .define(
            ROTATE_BYTES,
            ConfigDef.Type.INT,
            16 * 1024 * 1024,
            Range.between(1, 1024 * 1024 * 1024),
            Importance.HIGH,
            "After how many bytes of a partition, before compression, its objects are stored.")
        .define(
            ROTATE_SPAN_MS,
            ConfigDef.Type.LONG,
            3_600_000L,
            Range.atLeast(1),
            Importance.HIGH,
            "A record whose timestamp is this many milliseconds or more after that of the first one begins new objects.")
        .define(
            ROTATE_AFTER_MS,
            ConfigDef.Type.LONG,
            -1L,
            Range.atLeast(-1),
            Importance.MEDIUM,
            "After how many milliseconds, by this machine's clock, the objects of a partition are stored even if nothing else came; -1: never.")
        .define(
            BUFFER_BYTES_MAX,
            ConfigDef.Type.LONG,
            64L * 1024 * 1024,
            Range.atLeast(1024),
            Importance.MEDIUM,
            "How many bytes a task holds for all its partitions, after compression; beyond that the largest is stored early.");
  }

  private static void checkBucket(String option, Object value) {
    if (!String.valueOf(value).matches("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")) {
      throw new ConfigException(option, value, "Not a bucket's name.");
    }
  }

  private static void checkEndpoint(String option, Object value) {
    String text = String.valueOf(value);
    if (text.isEmpty()) {
      return;
    }
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean bare = uri.getRawPath() == null || uri.getRawPath().matches("/?");
      if (!web || uri.getHost() == null || !bare || uri.getUserInfo() != null) {
        throw new ConfigException(
            option, "", "Not a store's URL; one looks like http://minio:9000.");
      }
    } catch (URISyntaxException e) {
      throw new ConfigException(option, "", "Not a URL: " + e.getReason() + ".");
    }
  }

  String bucket() {
    return getString(BUCKET);
  }

  URI endpoint() {
    String endpoint = getString(ENDPOINT);
    return URI.create(endpoint.isEmpty() ? "https://s3." + region() + ".amazonaws.com" : endpoint);
  }

  String region() {
    return getString(REGION);
  }

  boolean isPathStyle() {
    return getBoolean(PATH_STYLE);
  }

  /** Null when requests are not signed. */
  SignatureV4.Credentials credentials() {
    if (getString(ACCESS_KEY).isEmpty()) {
      return null;
    }
    Password token = getPassword(SESSION_TOKEN);
    return new SignatureV4.Credentials(
        getString(ACCESS_KEY),
        getPassword(SECRET_KEY).value(),
        token == null ? null : token.value());
  }

  String prefix() {
    return getString(PREFIX);
  }

  int timeoutMs() {
    return getInt(TIMEOUT_MS);
  }

  Partitioning partitioning() {
    return choice(PARTITIONING, Partitioning.class);
  }

  boolean isGzip() {
    return getBoolean(GZIP);
  }

  boolean hasEnvelope() {
    return getBoolean(ENVELOPE);
  }

  boolean isText() {
    return getString(VALUE_FORMAT).equals("text");
  }

  int rotateRecords() {
    return getInt(ROTATE_RECORDS);
  }

  int rotateBytes() {
    return getInt(ROTATE_BYTES);
  }

  long rotateSpanMs() {
    return getLong(ROTATE_SPAN_MS);
  }

  /** Negative: never. */
  long rotateAfterMs() {
    return getLong(ROTATE_AFTER_MS);
  }

  long bufferBytesMax() {
    return getLong(BUFFER_BYTES_MAX);
  }
}

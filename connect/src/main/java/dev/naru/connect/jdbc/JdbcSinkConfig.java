package dev.naru.connect.jdbc;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The sink's options, each declared once. */
public final class JdbcSinkConfig extends AbstractConfig {
  /** How a record becomes a row. */
  enum InsertMode {
    INSERT,
    UPSERT,
    UPDATE
  }

  /** Where a row's key comes from. */
  enum PkMode {
    RECORD_KEY,
    RECORD_VALUE,
    NONE
  }

  static final String TASK = "naru.task";
  private static final String URL = "connection.url";
  private static final String USER = "connection.user";
  private static final String PASSWORD = "connection.password";
  private static final String TABLE_FORMAT = "table.name.format";
  private static final String INSERT_MODE = "insert.mode";
  private static final String PK_MODE = "pk.mode";
  private static final String PK_FIELDS = "pk.fields";
  private static final String DELETE_ENABLED = "delete.enabled";
  private static final String AUTO_CREATE = "auto.create";
  private static final String AUTO_EVOLVE = "auto.evolve";
  private static final String BATCH_SIZE = "batch.size";
  private static final String RETRIES_MAX = "max.retries";
  private static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
  private static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
  private static final String PLAIN_KEY_COLUMN = "url";

  static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              URL,
              ConfigDef.Type.STRING,
              ConfigDef.NO_DEFAULT_VALUE,
              JdbcSinkConfig::checkUrl,
              Importance.HIGH,
              "The database's JDBC URL; PostgreSQL, MariaDB, MySQL and H2 are known.")
          .define(USER, ConfigDef.Type.STRING, null, Importance.HIGH, "The database user.")
          .define(
              PASSWORD,
              ConfigDef.Type.PASSWORD,
              null,
              Importance.HIGH,
              "The database user's password.")
          .define(
              TABLE_FORMAT,
              ConfigDef.Type.STRING,
              "${topic}",
              new ConfigDef.NonEmptyString(),
              Importance.MEDIUM,
              "The table's name, with its schema before a dot if need be; ${topic} stands for the topic.")
          .define(
              INSERT_MODE,
              ConfigDef.Type.STRING,
              "upsert",
              ValidString.in("insert", "upsert", "update"),
              Importance.HIGH,
              "Whether a record inserts a row, inserts or overwrites the row with its key, or only overwrites it. Columns that a record does not name keep what they have.")
          .define(
              PK_MODE,
              ConfigDef.Type.STRING,
              "record_key",
              ValidString.in("record_key", "record_value", "none"),
              Importance.HIGH,
              "Whether a row's key is the record's key, fields of its value, or nothing.")
          .define(
              PK_FIELDS,
              ConfigDef.Type.LIST,
              List.of(),
              Importance.HIGH,
              "The key's columns; when empty, all fields of a structured record key, or the column "
                  + PLAIN_KEY_COLUMN
                  + " for a plain one.")
          .define(
              DELETE_ENABLED,
              ConfigDef.Type.BOOLEAN,
              false,
              Importance.MEDIUM,
              "Whether a record without a value deletes the row with its key; if not, it is left out.")
          .define(
              AUTO_CREATE,
              ConfigDef.Type.BOOLEAN,
              true,
              Importance.MEDIUM,
              "Whether to create a table that is not there.")
          .define(
              AUTO_EVOLVE,
              ConfigDef.Type.BOOLEAN,
              true,
              Importance.MEDIUM,
              "Whether to add columns that are not there, and to widen columns that are too narrow.")
          .define(
              BATCH_SIZE,
              ConfigDef.Type.INT,
              1_000,
              Range.between(1, 100_000),
              Importance.MEDIUM,
              "How many rows are sent to the database at a time.")
          .define(
              RETRIES_MAX,
              ConfigDef.Type.INT,
              -1,
              Range.atLeast(-1),
              Importance.MEDIUM,
              "How often in a row a failure that may pass, such as a database that is down, is tried again; -1: for ever.")
          .define(
              RETRY_BACKOFF_MS,
              ConfigDef.Type.LONG,
              1_000L,
              Range.atLeast(1),
              Importance.LOW,
              "How many milliseconds pass before the first retry; doubles with each further one.")
          .define(
              RETRY_BACKOFF_MAX_MS,
              ConfigDef.Type.LONG,
              30_000L,
              Range.atLeast(1),
              Importance.LOW,
              "The longest pause in milliseconds before a retry.");

  private final String name;
  private final String task;

  public JdbcSinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
    this.name = properties.getOrDefault("name", "jdbc-sink");
    this.task = properties.getOrDefault(TASK, "0");
    checkTogether();
  }

  private static void checkUrl(String option, Object value) {
    if (value == null || !value.toString().startsWith("jdbc:")) {
      throw new ConfigException(
          option,
          value == null ? null : Secrets.redacted(value.toString()),
          "Not a JDBC URL; one looks like jdbc:postgresql://localhost/test.");
    }
  }

  private void checkTogether() {
    if (pkMode() == PkMode.NONE && insertMode() != InsertMode.INSERT) {
      throw new ConfigException(
          INSERT_MODE
              + "="
              + getString(INSERT_MODE)
              + " needs a key; set "
              + PK_MODE
              + " to record_key or record_value.");
    }
    if (pkMode() == PkMode.RECORD_VALUE && pkFields().isEmpty()) {
      throw new ConfigException(
          PK_MODE
              + "=record_value needs "
              + PK_FIELDS
              + ", the fields of the value that are the key.");
    }
    if (deletes() && pkMode() != PkMode.RECORD_KEY) {
      throw new ConfigException(DELETE_ENABLED + "=true needs " + PK_MODE + "=record_key.");
    }
  }

  String name() {
    return name;
  }

  String task() {
    return task;
  }

  String url() {
    return getString(URL);
  }

  /** The credentials for the driver. */
  Properties credentials() {
    Properties credentials = new Properties();
    Password password = getPassword(PASSWORD);
    if (getString(USER) != null) {
      credentials.setProperty("user", getString(USER));
    }
    if (password != null) {
      credentials.setProperty("password", password.value());
    }
    return credentials;
  }

  TableName table(String topic) {
    return TableName.of(getString(TABLE_FORMAT), topic);
  }

  InsertMode insertMode() {
    return InsertMode.valueOf(getString(INSERT_MODE).toUpperCase(Locale.ROOT));
  }

  PkMode pkMode() {
    return PkMode.valueOf(getString(PK_MODE).toUpperCase(Locale.ROOT));
  }

  List<String> pkFields() {
    return getList(PK_FIELDS);
  }

  /** The column of a key that is a plain value. */
  String plainKeyColumn() {
    return pkFields().isEmpty() ? PLAIN_KEY_COLUMN : pkFields().get(0);
  }

  boolean deletes() {
    return getBoolean(DELETE_ENABLED);
  }

  boolean autoCreate() {
    return getBoolean(AUTO_CREATE);
  }

  boolean autoEvolve() {
    return getBoolean(AUTO_EVOLVE);
  }

  int batchSize() {
    return getInt(BATCH_SIZE);
  }

  /** Retries in a row; negative: without end. */
  int retriesMax() {
    return getInt(RETRIES_MAX);
  }

  /** The pause before a retry, after this many failures in a row. */
  long backoffMs(int failures) {
    long pauseMs = getLong(RETRY_BACKOFF_MS) << Math.min(Math.max(failures - 1, 0), 20);
    return Math.min(pauseMs, getLong(RETRY_BACKOFF_MAX_MS));
  }
}

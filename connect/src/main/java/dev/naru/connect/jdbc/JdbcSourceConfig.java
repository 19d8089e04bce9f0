package dev.naru.connect.jdbc;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The source's options, each declared once. */
public final class JdbcSourceConfig extends DatabaseConfig {
  /** How the source knows what is new. */
  enum Mode {
    INCREMENTING,
    TIMESTAMP,
    TIMESTAMP_INCREMENTING,
    BULK;

    boolean hasTimestamp() {
      return this == TIMESTAMP || this == TIMESTAMP_INCREMENTING;
    }

    boolean hasIncrementing() {
      return this == INCREMENTING || this == TIMESTAMP_INCREMENTING;
    }
  }

  /** What numbers with digits after the point become. */
  enum Decimals {
    DECIMAL,
    STRING,
    DOUBLE
  }

  /** The tables of a task; set by the connector. */
  static final String TASK_TABLES = "naru.tables";

  static final String MODE = "mode";
  private static final String TABLES = "tables";
  private static final String TABLES_EXCLUDE = "tables.exclude";
  private static final String TABLES_POLL_INTERVAL_MS = "tables.poll.interval.ms";
  private static final String QUERY = "query";
  private static final String INCREMENTING_COLUMN = "incrementing.column";
  private static final String TIMESTAMP_COLUMN = "timestamp.column";
  private static final String INCREMENTING_DELAY_MS = "incrementing.delay.ms";
  private static final String TIMESTAMP_DELAY_MS = "timestamp.delay.ms";
  private static final String TOPIC_FORMAT = "topic.name.format";
  private static final String KEY_COLUMNS = "key.columns";
  private static final String KEY_FORMAT = "key.format";
  private static final String DECIMALS = "decimals";
  private static final String TEMPORAL_FORMAT = "temporal.format";
  private static final String DB_TIMEZONE = "db.timezone";
  private static final String BATCH_ROWS = "batch.rows";
  private static final String POLL_INTERVAL_MS = "poll.interval.ms";
  private static final String TABLE_MARK = "${table}";
  private static final String SCHEMA_MARK = "${schema}";

  /** Connect's own option by which a user asks for exactly once. */
  private static final String EXACTLY_ONCE = "exactly.once.support";

  static final ConfigDef DEFINITION =
      retries(records(progress(tables(connection(new ConfigDef())))));

  private final boolean exactlyOnceRequired;
  private final String taskTables;

  public JdbcSourceConfig(Map<String, String> properties) {
    super(DEFINITION, properties, "jdbc-source");
    this.exactlyOnceRequired = "required".equalsIgnoreCase(properties.get(EXACTLY_ONCE));
    this.taskTables = properties.getOrDefault(TASK_TABLES, "");
    checkTogether();
  }

  private static ConfigDef tables(ConfigDef def) {
    return def.define(
            TABLES,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.HIGH,
            "The tables to read, separated by commas, upper and lower case alike. A name without a dot is one of the connection's own schema (of its database, on MariaDB and MySQL), and one with a dot says the schema. * stands for any characters; names with it are not looked for among views.")
        .define(
            TABLES_EXCLUDE,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Tables of those that are left out, written in the same way.")
        .define(
            TABLES_POLL_INTERVAL_MS,
            ConfigDef.Type.LONG,
            60_000L,
            Range.atLeast(100),
            Importance.LOW,
            "How often, in milliseconds, to look for tables that are new or gone.")
        .define(
            QUERY,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "A SELECT to read instead of tables. It becomes a part of a larger one, so that it must not end in ORDER BY, LIMIT or a semicolon.");
  }

  private static ConfigDef progress(ConfigDef def) {
    return def.define(
            MODE,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            ValidString.in("incrementing", "timestamp", "timestamp+incrementing", "bulk"),
            Importance.HIGH,
            "How to know what is new: by a number that grows with each new row, by the time of a row's last change, by both, or not at all: bulk reads everything each time.")
        .define(
            INCREMENTING_COLUMN,
            ConfigDef.Type.STRING,
            "",
            Importance.HIGH,
            "The column whose whole numbers grow; empty: the primary key, if it is one such column.")
        .define(
            TIMESTAMP_COLUMN,
            ConfigDef.Type.STRING,
            "",
            Importance.HIGH,
            "The column with the time of a row's last change.")
        .define(
            INCREMENTING_DELAY_MS,
            ConfigDef.Type.LONG,
            1_000L,
            Range.atLeast(0),
            Importance.MEDIUM,
            "With mode=incrementing: how many milliseconds after its number was first seen to be given a row is read. Transactions that stay open for longer after they took a number may be missed. 0: reads at once.")
        .define(
            TIMESTAMP_DELAY_MS,
            ConfigDef.Type.LONG,
            1_000L,
            Range.atLeast(0),
            Importance.MEDIUM,
            "How many milliseconds old, by the database's clock, a row's time must be before the row is read. Transactions that stay open for longer after they set a time may be missed.")
        .define(
            POLL_INTERVAL_MS,
            ConfigDef.Type.LONG,
            1_000L,
            Range.atLeast(1),
            Importance.MEDIUM,
            "How many milliseconds after a table was found to have nothing new it is asked again.")
        .define(
            BATCH_ROWS,
            ConfigDef.Type.INT,
            1_000,
            Range.between(1, 100_000),
            Importance.MEDIUM,
            "How many rows are read at a time; no more of them are in memory.");
  }

  private static ConfigDef records(ConfigDef def) {
    return def.define(
            TOPIC_FORMAT,
            ConfigDef.Type.STRING,
            TABLE_MARK,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The topic's name; ${table} and ${schema} stand for the table's. Without them all tables go to one topic. What a topic's name cannot have becomes _.")
        .define(
            KEY_COLUMNS,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "The columns that are a record's key; empty: the primary key, and no key where there is none.")
        .define(
            KEY_FORMAT,
            ConfigDef.Type.STRING,
            "struct",
            ValidString.in("struct", "value"),
            Importance.MEDIUM,
            "Whether a key is a structure of its columns, or the plain value of the one column that it has.")
        .define(
            DECIMALS,
            ConfigDef.Type.STRING,
            "decimal",
            ValidString.in("decimal", "string", "double"),
            Importance.MEDIUM,
            "Whether DECIMAL and NUMERIC become Connect's Decimal, text, or floating point. Those without a scale of their own become text instead of Decimal.")
        .define(
            TEMPORAL_FORMAT,
            ConfigDef.Type.STRING,
            "connect",
            ValidString.in("connect", "iso"),
            Importance.MEDIUM,
            "Whether dates and times become Connect's Date, Time and Timestamp, with milliseconds, or ISO 8601 texts with all their digits.")
        .define(
            DB_TIMEZONE,
            ConfigDef.Type.STRING,
            "UTC",
            JdbcSourceConfig::checkZone,
            Importance.MEDIUM,
            "The zone that times of columns without a zone are in.");
  }

  private static void checkZone(String option, Object value) {
    try {
      ZoneId.of(String.valueOf(value));
    } catch (DateTimeException e) {
      throw new ConfigException(
          option, value, "Not a time zone; one looks like UTC or Europe/Berlin.");
    }
  }

  private void checkTogether() {
    if (tablePatterns().isEmpty() == !isQuery()) {
      throw new ConfigException("Set either " + TABLES + " or " + QUERY + ", and not both.");
    }
    if (isQuery() && (topicFormat().contains(TABLE_MARK) || topicFormat().contains(SCHEMA_MARK))) {
      throw new ConfigException(
          "With "
              + QUERY
              + " there is no table to name the topic after: set "
              + TOPIC_FORMAT
              + " to the topic's name.");
    }
    if (mode().hasTimestamp() && timestampColumn().isEmpty()) {
      throw new ConfigException(MODE + "=" + getString(MODE) + " needs " + TIMESTAMP_COLUMN + ".");
    }
    if (isQuery() && mode().hasIncrementing() && incrementingColumn().isEmpty()) {
      throw new ConfigException(
          MODE + "=" + getString(MODE) + " with " + QUERY + " needs " + INCREMENTING_COLUMN + ".");
    }
    if (isPlainKey() && keyColumns().size() > 1) {
      throw new ConfigException(
          KEY_FORMAT + "=value needs one column, and " + KEY_COLUMNS + " names " + keyColumns());
    }
  }

  boolean isQuery() {
    return !query().isEmpty();
  }

  String query() {
    return getString(QUERY).trim();
  }

  List<String> tablePatterns() {
    return getList(TABLES);
  }

  List<String> excludedPatterns() {
    return getList(TABLES_EXCLUDE);
  }

  long tablesPollIntervalMs() {
    return getLong(TABLES_POLL_INTERVAL_MS);
  }

  /** The tables of this task, as {@link SourceTable#encode} wrote them. */
  String taskTables() {
    return taskTables;
  }

  Mode mode() {
    return choice(MODE, Mode.class);
  }

  String incrementingColumn() {
    return getString(INCREMENTING_COLUMN).trim();
  }

  String timestampColumn() {
    return getString(TIMESTAMP_COLUMN).trim();
  }

  /** How long a row's number or time must have been given before the row is read. */
  long delayMs() {
    return getLong(mode().hasTimestamp() ? TIMESTAMP_DELAY_MS : INCREMENTING_DELAY_MS);
  }

  long pollIntervalMs() {
    return getLong(POLL_INTERVAL_MS);
  }

  int batchRows() {
    return getInt(BATCH_ROWS);
  }

  private String topicFormat() {
    return getString(TOPIC_FORMAT);
  }

  /** The topic that the rows of a table go to. */
  String topic(String schema, String table) {
    return topicFormat()
        .replace(TABLE_MARK, table)
        .replace(SCHEMA_MARK, schema)
        .replaceAll("[^A-Za-z0-9._-]", "_");
  }

  List<String> keyColumns() {
    return getList(KEY_COLUMNS);
  }

  boolean isPlainKey() {
    return getString(KEY_FORMAT).equals("value");
  }

  Decimals decimals() {
    return choice(DECIMALS, Decimals.class);
  }

  boolean isIso() {
    return getString(TEMPORAL_FORMAT).equals("iso");
  }

  ZoneId zone() {
    return ZoneId.of(getString(DB_TIMEZONE));
  }

  /** Whether the user insists on exactly once. */
  boolean isExactlyOnceRequired() {
    return exactlyOnceRequired;
  }
}

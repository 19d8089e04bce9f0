package dev.naru.connect.jdbc;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The sink's options, each declared once. */
public final class JdbcSinkConfig extends DatabaseConfig {
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

  private static final String TABLE_FORMAT = "table.name.format";
  private static final String INSERT_MODE = "insert.mode";
  static final String PK_MODE = "pk.mode";
  private static final String PK_FIELDS = "pk.fields";
  private static final String DELETE_ENABLED = "delete.enabled";
  private static final String AUTO_CREATE = "auto.create";
  private static final String AUTO_EVOLVE = "auto.evolve";
  private static final String BATCH_SIZE = "batch.size";
  private static final String ENVELOPE = "value.envelope";
  private static final String OFFSETS_TABLE = "offsets.table";
  private static final String PLAIN_KEY_COLUMN = "url";

  static final ConfigDef DEFINITION = retries(writing(connection(new ConfigDef())));

  private static ConfigDef writing(ConfigDef def) {
    return def.define(
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
            ENVELOPE,
            ConfigDef.Type.STRING,
            "auto",
            ValidString.in("auto", "debezium", "none"),
            Importance.MEDIUM,
            "Whether values are Debezium's change events, of which the row after the change is written, and the row is deleted for a deletion; auto: those that look like one are.")
        .define(
            OFFSETS_TABLE,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "A table, made when it is not there, that keeps the offsets in the same transactions as the rows, so that every record is written exactly once without a key too; empty: none.");
  }

  public JdbcSinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties, "jdbc-sink");
    checkTogether();
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

  TableName table(String topic) {
    return TableName.of(getString(TABLE_FORMAT), topic);
  }

  InsertMode insertMode() {
    return choice(INSERT_MODE, InsertMode.class);
  }

  PkMode pkMode() {
    return choice(PK_MODE, PkMode.class);
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

  Envelope envelope() {
    return choice(ENVELOPE, Envelope.class);
  }

  /** The table of offsets, or null without one. */
  TableName offsetsTable() {
    String table = getString(OFFSETS_TABLE).trim();
    return table.isEmpty() ? null : TableName.of(table, "");
  }
}

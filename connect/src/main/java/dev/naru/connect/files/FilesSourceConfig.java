package dev.naru.connect.files;

import dev.naru.connect.common.NaruConfig;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The source's options, each declared once. */
public final class FilesSourceConfig extends NaruConfig {
  /** What files contain. */
  enum Format {
    CSV,
    JSONL,
    LINES
  }

  /** What becomes of a file that was read. */
  enum After {
    KEEP,
    MOVE,
    DELETE
  }

  /** What becomes of a record that cannot be read. */
  enum Errors {
    FAIL,
    SKIP,
    TOPIC
  }

  /** The types that a column can have. */
  enum ColumnType {
    STRING,
    INT32,
    INT64,
    FLOAT64,
    BOOLEAN
  }

  /** Set by the connector for each task: its number, and how many there are. */
  static final String TASK = "naru.task";

  static final String TASKS = "naru.tasks";

  static final String FOLDER = "files.folder";
  private static final String PATTERN = "files.pattern";
  private static final String AFTER = "files.after";
  private static final String DONE_FOLDER = "files.done.folder";
  private static final String QUIET_MS = "files.quiet.ms";
  private static final String TOPIC = "topic";
  private static final String FORMAT = "format";
  private static final String SEPARATOR = "csv.separator";
  private static final String HEADER = "csv.header";
  private static final String COLUMNS = "csv.columns";
  private static final String TYPES = "csv.types";
  private static final String EMPTY = "csv.empty";
  private static final String KEY_FIELD = "key.field";
  private static final String ERRORS = "bad.lines";
  private static final String ERRORS_TOPIC = "bad.lines.topic";
  private static final String RECORD_BYTES_MAX = "record.bytes.max";
  private static final String BATCH_ROWS = "batch.rows";
  private static final String POLL_INTERVAL_MS = "poll.interval.ms";

  static final ConfigDef DEFINITION = limits(contents(files(new ConfigDef())));

  private final int task;
  private final int tasks;
  private final PathMatcher matcher;
  private final Map<String, ColumnType> types;

  public FilesSourceConfig(Map<String, String> properties) {
    super(DEFINITION, properties, "files-source");
    this.task = Integer.parseInt(properties.getOrDefault(TASK, "0"));
    this.tasks = Integer.parseInt(properties.getOrDefault(TASKS, "1"));
    this.matcher = matcher(getString(PATTERN));
    this.types = parsedTypes();
    checkTogether();
  }

  private static ConfigDef files(ConfigDef def) {
    return def.define(
            FOLDER,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The folder whose files are read. Folders in it are not looked into.")
        .define(
            PATTERN,
            ConfigDef.Type.STRING,
            "*",
            (option, value) -> matcher(String.valueOf(value)),
            Importance.HIGH,
            "Which files to read, as a glob such as *.{csv,csv.gz}. Those that end in .gz are decompressed.")
        .define(
            AFTER,
            ConfigDef.Type.STRING,
            "keep",
            ValidString.in("keep", "move", "delete"),
            Importance.HIGH,
            "What becomes of a file that was read to its end, once the topic has all of its records: it stays and is read on if it grows, it is moved, or it is deleted.")
        .define(
            DONE_FOLDER,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "Where files are moved to, with files.after=move; made when it is not there. A file of the same name there gets a number behind its name.")
        .define(
            QUIET_MS,
            ConfigDef.Type.LONG,
            10_000L,
            Range.atLeast(0),
            Importance.MEDIUM,
            "How many milliseconds nobody must have written to a file until it counts as complete: until then a last line without an end waits, and the file is neither moved nor deleted.");
  }

  private static ConfigDef contents(ConfigDef def) {
    return def.define(
            TOPIC,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The topic that records are written to.")
        .define(
            FORMAT,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            ValidString.in("csv", "jsonl", "lines"),
            Importance.HIGH,
            "What the files contain, in UTF-8: CSV (RFC 4180), lines of JSON, or lines of text.")
        .define(
            SEPARATOR,
            ConfigDef.Type.STRING,
            ",",
            FilesSourceConfig::checkSeparator,
            Importance.MEDIUM,
            "The character between columns, such as ; or \\t for a tab.")
        .define(
            HEADER,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether the first line of a file names its columns.")
        .define(
            COLUMNS,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "The columns' names, where no line of the file has them.")
        .define(
            TYPES,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Types of columns, such as id:int64,price:float64; string, int32, int64, float64 and boolean are known. Columns that are not named are texts.")
        .define(
            EMPTY,
            ConfigDef.Type.STRING,
            "null",
            ValidString.in("null", "text"),
            Importance.LOW,
            "Whether a column without anything in it is null or an empty text. One of two quotes is always a text.")
        .define(
            KEY_FIELD,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "The column or the JSON field that is the record's key, as text; empty: no key.");
  }

  private static ConfigDef limits(ConfigDef def) {
    return def.define(
            ERRORS,
            ConfigDef.Type.STRING,
            "fail",
            ValidString.in("fail", "skip", "topic"),
            Importance.HIGH,
            "What becomes of a line that cannot be read: the task ends, the line is left out with a warning in the log, or it goes to bad.lines.topic. File and line number are always said.")
        .define(
            ERRORS_TOPIC,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "The topic for lines that cannot be read: the line as text, with the headers naru.file, naru.line and naru.error.")
        .define(
            RECORD_BYTES_MAX,
            ConfigDef.Type.INT,
            900_000,
            Range.between(16, 256 * 1024 * 1024),
            Importance.MEDIUM,
            "How many bytes a record may have. Longer ones cannot be read.")
        .define(
            BATCH_ROWS,
            ConfigDef.Type.INT,
            1_000,
            Range.between(1, 100_000),
            Importance.LOW,
            "How many records are read at a time.")
        .define(
            POLL_INTERVAL_MS,
            ConfigDef.Type.LONG,
            1_000L,
            Range.atLeast(1),
            Importance.MEDIUM,
            "How often, in milliseconds, to look for files that are new or have grown.");
  }

  private static PathMatcher matcher(String pattern) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new ConfigException(PATTERN, pattern, "Not a glob: " + e.getDescription() + ".");
    }
  }

  private static void checkSeparator(String option, Object value) {
    String text = String.valueOf(value);
    boolean fine =
        text.equals("\\t")
            || (text.length() == 1 && text.charAt(0) < 128 && !"\"\r\n".contains(text));
    if (!fine) {
      throw new ConfigException(option, value, "Not one ASCII character; one looks like ; or \\t.");
    }
  }

  private Map<String, ColumnType> parsedTypes() {
    Map<String, ColumnType> parsed = new LinkedHashMap<>();
    for (String entry : getList(TYPES)) {
      int colon = entry.lastIndexOf(':');
      String type = entry.substring(colon + 1).trim().toUpperCase(Locale.ROOT);
      try {
        parsed.put(entry.substring(0, Math.max(colon, 0)).trim(), ColumnType.valueOf(type));
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            TYPES, entry, "Not a column and its type; one looks like id:int64.");
      }
    }
    return parsed;
  }

  private void checkTogether() {
    if (after() == After.MOVE && getString(DONE_FOLDER).isEmpty()) {
      throw new ConfigException(AFTER + "=move needs " + DONE_FOLDER + ".");
    }
    if (after() == After.MOVE && doneFolder().equals(folder())) {
      throw new ConfigException(DONE_FOLDER + " must not be " + FOLDER + " itself.");
    }
    if (errors() == Errors.TOPIC && errorsTopic().isEmpty()) {
      throw new ConfigException(ERRORS + "=topic needs " + ERRORS_TOPIC + ".");
    }
    if (format() == Format.CSV && !hasHeader() && columns().isEmpty()) {
      throw new ConfigException(HEADER + "=false needs " + COLUMNS + ".");
    }
    if (format() == Format.LINES && !keyField().isEmpty()) {
      throw new ConfigException(FORMAT + "=lines has no fields, so no " + KEY_FIELD + ".");
    }
  }

  /** Whether a file of this name is to be read by this task. */
  boolean isOurs(String fileName) {
    return matcher.matches(Path.of(fileName)) && Math.floorMod(fileName.hashCode(), tasks) == task;
  }

  Path folder() {
    return path(FOLDER);
  }

  Path doneFolder() {
    return path(DONE_FOLDER);
  }

  private Path path(String option) {
    try {
      return Path.of(getString(option)).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new ConfigException(option, getString(option), "Not a path: " + e.getReason() + ".");
    }
  }

  After after() {
    return choice(AFTER, After.class);
  }

  long quietMs() {
    return getLong(QUIET_MS);
  }

  String topic() {
    return getString(TOPIC);
  }

  Format format() {
    return choice(FORMAT, Format.class);
  }

  char separator() {
    return getString(SEPARATOR).equals("\\t") ? '\t' : getString(SEPARATOR).charAt(0);
  }

  boolean hasHeader() {
    return getBoolean(HEADER);
  }

  List<String> columns() {
    return getList(COLUMNS);
  }

  ColumnType type(String column) {
    return types.getOrDefault(column, ColumnType.STRING);
  }

  boolean isEmptyNull() {
    return getString(EMPTY).equals("null");
  }

  /** Empty for none. */
  String keyField() {
    return getString(KEY_FIELD);
  }

  Errors errors() {
    return choice(ERRORS, Errors.class);
  }

  String errorsTopic() {
    return getString(ERRORS_TOPIC);
  }

  int recordBytesMax() {
    return getInt(RECORD_BYTES_MAX);
  }

  int batchRows() {
    return getInt(BATCH_ROWS);
  }

  long pollIntervalMs() {
    return getLong(POLL_INTERVAL_MS);
  }
}

package dev.naru.connect.files;

import dev.naru.connect.common.JsonException;
import dev.naru.connect.common.JsonParser;
import dev.naru.connect.common.JsonText;
import dev.naru.connect.files.FilesSourceConfig.ColumnType;
import dev.naru.connect.files.FilesSourceConfig.Format;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/** What the records of one file are. */
final class RecordFormat {
  /**
   * What a record became.
   *
   * @param key the key, or null
   * @param schema the value's schema, or null without one
   * @param value the value
   */
  record Parsed(String key, Schema schema, Object value) {}

  private final FilesSourceConfig config;
  private final List<String> columns;
  private final Schema schema;

  /**
   * The format of a file.
   *
   * @param columns the columns of CSV; empty for other formats
   */
  RecordFormat(FilesSourceConfig config, List<String> columns) throws BrokenRecordException {
    this.config = config;
    this.columns = columns;
    this.schema = config.format() == Format.CSV ? schema(columns) : null;
  }

  private Schema schema(List<String> names) throws BrokenRecordException {
    SchemaBuilder builder = SchemaBuilder.struct();
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name == null || name.isBlank()) {
        throw new BrokenRecordException("names the columns, and one of them has no name");
      }
      if (!seen.add(name)) {
        throw new BrokenRecordException("names two columns " + name);
      }
      builder.field(name, columnSchema(config.type(name)));
    }
    if (!config.keyField().isEmpty() && !seen.contains(config.keyField())) {
      throw new BrokenRecordException(
          "names the columns " + names + ", and key.field=" + config.keyField() + " is not there");
    }
    return builder.build();
  }

  private static Schema columnSchema(ColumnType type) {
    return switch (type) {
      case STRING -> Schema.OPTIONAL_STRING_SCHEMA;
      case INT32 -> Schema.OPTIONAL_INT32_SCHEMA;
      case INT64 -> Schema.OPTIONAL_INT64_SCHEMA;
      case FLOAT64 -> Schema.OPTIONAL_FLOAT64_SCHEMA;
      case BOOLEAN -> Schema.OPTIONAL_BOOLEAN_SCHEMA;
    };
  }

  /** The names of the columns, from a file's first record. */
  static List<String> header(byte[] record, char separator) throws BrokenRecordException {
    List<String> names = new ArrayList<>();
    for (String name : Csv.fields(text(record), separator)) {
      names.add(name == null ? null : name.trim());
    }
    return names;
  }

  /** Reads a record; null for an empty line, which is none. */
  Parsed parse(byte[] record) throws BrokenRecordException {
    String text = text(record);
    return switch (config.format()) {
      case LINES -> new Parsed(null, Schema.STRING_SCHEMA, text);
      case JSONL -> text.isBlank() ? null : json(text);
      case CSV -> text.isEmpty() ? null : csv(text);
    };
  }

  private static String text(byte[] record) throws BrokenRecordException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(record))
          .toString();
    } catch (CharacterCodingException e) {
      throw new BrokenRecordException("is not UTF-8");
    }
  }

  private Parsed json(String text) throws BrokenRecordException {
    try {
      Object value = JsonParser.parse(text);
      Object key =
          !config.keyField().isEmpty() && value instanceof Map<?, ?> map
              ? map.get(config.keyField())
              : null;
      if (key == null && !config.keyField().isEmpty()) {
        throw new BrokenRecordException("has no field " + config.keyField() + " for the key");
      }
      String keyText = key == null || key instanceof String ? (String) key : JsonText.of(key);
      return new Parsed(keyText, value instanceof String ? Schema.STRING_SCHEMA : null, value);
    } catch (JsonException e) {
      throw new BrokenRecordException("is " + lowerFirst(e.getMessage()).replaceAll("\\.$", ""));
    }
  }

  private static String lowerFirst(String sentence) {
    return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
  }

  private Parsed csv(String text) throws BrokenRecordException {
    List<String> fields = Csv.fields(text, config.separator());
    if (fields.size() != columns.size()) {
      throw new BrokenRecordException(
          "has " + fields.size() + " columns instead of " + columns.size());
    }
    Struct value = new Struct(schema);
    String key = null;
    for (int i = 0; i < fields.size(); i++) {
      String name = columns.get(i);
      value.put(name, typed(name, fields.get(i)));
      key = name.equals(config.keyField()) ? fields.get(i) : key;
    }
    return new Parsed(key, schema, value);
  }

  private Object typed(String column, String field) throws BrokenRecordException {
    ColumnType type = config.type(column);
    if (field == null || (field.isEmpty() && type != ColumnType.STRING)) {
      return type == ColumnType.STRING && !config.isEmptyNull() ? "" : null;
    }
    try {
      return switch (type) {
        case STRING -> field;
        case INT32 -> Integer.valueOf(field.trim());
        case INT64 -> Long.valueOf(field.trim());
        case FLOAT64 -> Double.valueOf(field.trim());
        case BOOLEAN -> truth(field.trim());
      };
    } catch (IllegalArgumentException e) {
      throw new BrokenRecordException(
          "has '"
              + (field.length() > 40 ? field.substring(0, 40) + "…" : field)
              + "' in the column "
              + column
              + ", which is no "
              + type.name().toLowerCase(java.util.Locale.ROOT));
    }
  }

  private static Boolean truth(String field) {
    if (field.equalsIgnoreCase("true") || field.equals("1")) {
      return true;
    }
    if (field.equalsIgnoreCase("false") || field.equals("0")) {
      return false;
    }
    throw new IllegalArgumentException(field);
  }
}

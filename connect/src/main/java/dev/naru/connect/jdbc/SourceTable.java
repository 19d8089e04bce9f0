package dev.naru.connect.jdbc;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is read: a table, or the rows of a query.
 *
 * @param name the table's name with its schema, or null for a query
 * @param query the query, or null for a table
 */
record SourceTable(TableName name, String query) {
  private static final String ROWS = "naru_rows";

  static SourceTable of(TableName name) {
    return new SourceTable(name, null);
  }

  static SourceTable ofQuery(String query) {
    return new SourceTable(null, query);
  }

  /** What stands after FROM. */
  String from(Dialect dialect) {
    return query == null ? name.quoted(dialect) : "(" + query + ") " + dialect.quote(ROWS);
  }

  /** The partition that Connect keeps the offset under. */
  Map<String, String> partition() {
    return query == null ? Map.of("table", name.toString()) : Map.of("query", "query");
  }

  String schema() {
    return query == null && name.parts().size() > 1 ? name.parts().get(0) : "";
  }

  String table() {
    return query == null ? name.parts().get(name.parts().size() - 1) : "query";
  }

  /** The tables as one text, whatever their names contain. */
  static String encode(List<SourceTable> tables) {
    return tables.stream()
        .map(table -> table.name.parts())
        .map(parts -> parts.stream().map(SourceTable::escaped).collect(Collectors.joining("/")))
        .collect(Collectors.joining(" "));
  }

  static List<SourceTable> decode(String tables) {
    return Arrays.stream(tables.split(" "))
        .filter(table -> !table.isEmpty())
        .map(table -> Arrays.stream(table.split("/")).map(SourceTable::unescaped).toList())
        .map(parts -> of(new TableName(parts)))
        .toList();
  }

  private static String escaped(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8);
  }

  private static String unescaped(String part) {
    return URLDecoder.decode(part, StandardCharsets.UTF_8);
  }

  /** For people. */
  @Override
  public String toString() {
    return query == null ? "the table " + name : "the query";
  }
}

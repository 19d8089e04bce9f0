package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds the tables that the options name. Stateless. */
final class TableFinder {
  private static final Set<String> TABLES = Set.of("TABLE", "BASE TABLE", "PARTITIONED TABLE");
  private static final Set<String> VIEWS = Set.of("VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE");
  private static final Set<String> SYSTEM =
      Set.of("information_schema", "pg_catalog", "mysql", "performance_schema", "sys");

  private final List<Name> included;
  private final List<Name> excluded;

  /** A name of the options. */
  private record Name(Pattern schema, Pattern table, boolean exact) {
    static Name of(String text) {
      int dot = text.indexOf('.');
      return new Name(
          dot < 0 ? null : glob(text.substring(0, dot)),
          glob(text.substring(dot + 1)),
          text.indexOf('*') < 0);
    }

    private static Pattern glob(String text) {
      StringBuilder pattern = new StringBuilder();
      for (String piece : text.split("\\*", -1)) {
        pattern.append(pattern.length() == 0 ? "" : ".*").append(Pattern.quote(piece));
      }
      return Pattern.compile(pattern.toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }

    boolean matches(String schemaName, String tableName, boolean home) {
      boolean inSchema = schema == null ? home : schema.matcher(schemaName).matches();
      return inSchema && table.matcher(tableName).matches();
    }
  }

  TableFinder(List<String> include, List<String> exclude) {
    this.included = include.stream().map(Name::of).toList();
    this.excluded = exclude.stream().map(Name::of).toList();
  }

  /** The tables that are there now, by name. */
  List<SourceTable> find(Connection connection, Dialect dialect) throws SQLException {
    List<SourceTable> found = new ArrayList<>();
    boolean catalogs = dialect.hasCatalogsForSchemas();
    String own = catalogs ? connection.getCatalog() : connection.getSchema();
    try (ResultSet tables =
        connection
            .getMetaData()
            .getTables(catalogs ? null : connection.getCatalog(), null, "%", null)) {
      while (tables.next()) {
        String schema = tables.getString(catalogs ? "TABLE_CAT" : "TABLE_SCHEM");
        String table = tables.getString("TABLE_NAME");
        String type = String.valueOf(tables.getString("TABLE_TYPE")).toUpperCase(Locale.ROOT);
        if (isWanted(schema, table, type, own)) {
          found.add(SourceTable.of(name(schema, table)));
        }
      }
    } finally {
      connection.rollback();
    }
    found.sort(Comparator.comparing(SourceTable::toString));
    return found;
  }

  private boolean isWanted(String schema, String table, String type, String own) {
    String inSchema = schema == null ? "" : schema;
    if (SYSTEM.contains(inSchema.toLowerCase(Locale.ROOT))) {
      return false;
    }
    boolean home = schema == null || inSchema.equals(own);
    boolean isTable = TABLES.contains(type);
    boolean isView = VIEWS.contains(type);
    boolean in =
        included.stream()
            .filter(name -> isTable || (isView && name.exact()))
            .anyMatch(name -> name.matches(inSchema, table, home));
    return in && excluded.stream().noneMatch(name -> name.matches(inSchema, table, home));
  }

  private static TableName name(String schema, String table) {
    return new TableName(schema == null ? List.of(table) : List.of(schema, table));
  }
}

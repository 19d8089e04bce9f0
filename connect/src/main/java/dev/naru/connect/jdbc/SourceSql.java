package dev.naru.connect.jdbc;

import java.util.ArrayList;
import java.util.List;

/**
 * The statements that rows are read with. Pure.
 *
 * @param text the statement
 * @param parameters for each question mark, which value of the position it stands for; {@link
 *     #BOUND} for the bound
 */
record SourceSql(String text, List<Integer> parameters) {
  /** Stands for the first order column's bound among the parameters. */
  static final int BOUND = -1;

  /**
   * Reads what comes after a position, in order.
   *
   * @param from what stands after FROM
   * @param order the columns that order the rows
   * @param known how many of them the position has values of, the first ones
   * @param bound the comparison with the bound, such as {@code <=}; null without one
   * @param limit the most rows; 0 without a limit
   */
  static SourceSql page(
      Dialect dialect, String from, List<String> order, int known, String bound, int limit) {
    List<Integer> parameters = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    if (known > 1) {
      // Says the same as a part of what follows, so that the database sees what an index is for.
      conditions.add(dialect.quote(order.get(0)) + " >= ?");
      parameters.add(0);
    }
    if (known > 0) {
      conditions.add(after(dialect, order.subList(0, known), 0, parameters));
    }
    if (bound != null) {
      conditions.add(dialect.quote(order.get(0)) + " " + bound + " ?");
      parameters.add(BOUND);
    }
    StringBuilder sql = new StringBuilder("SELECT * FROM ").append(from);
    if (!conditions.isEmpty()) {
      sql.append(" WHERE ").append(String.join(" AND ", conditions));
    }
    if (!order.isEmpty()) {
      sql.append(" ORDER BY ").append(SqlText.names(dialect, order));
    }
    if (limit > 0) {
      sql.append(" LIMIT ").append(limit);
    }
    return new SourceSql(sql.toString(), parameters);
  }

  /** Column by column: larger, or equal and the next one after its value. */
  private static String after(
      Dialect dialect, List<String> order, int index, List<Integer> parameters) {
    String name = dialect.quote(order.get(index));
    parameters.add(index);
    if (index == order.size() - 1) {
      return name + " > ?";
    }
    parameters.add(index);
    return "("
        + name
        + " > ? OR ("
        + name
        + " = ? AND "
        + after(dialect, order, index + 1, parameters)
        + "))";
  }

  static String largest(Dialect dialect, String from, String column) {
    return "SELECT MAX(" + dialect.quote(column) + ") FROM " + from;
  }

  static String probe(String from) {
    return "SELECT * FROM " + from + " WHERE 1 = 0";
  }
}

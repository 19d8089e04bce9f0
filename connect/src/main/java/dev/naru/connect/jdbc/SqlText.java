package dev.naru.connect.jdbc;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Pieces of SQL that every dialect is put together from. */
final class SqlText {
  private SqlText() {}

  static String names(Dialect dialect, List<String> columns) {
    return each(dialect, columns, "%s", ", ");
  }

  static String marks(int count) {
    return String.join(", ", Collections.nCopies(count, "?"));
  }

  /** A piece for each column, in which %s stands for its quoted name; it may stand there twice. */
  static String each(Dialect dialect, List<String> columns, String piece, String between) {
    return columns.stream()
        .map(column -> piece.replace("%s", dialect.quote(column)))
        .collect(Collectors.joining(between));
  }

  static List<String> without(List<String> columns, List<String> left) {
    return columns.stream().filter(column -> !left.contains(column)).toList();
  }

  static String quoted(String identifier, char quote) {
    if (identifier.isEmpty() || identifier.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "A table's or column's name must not be empty or contain NUL.");
    }
    String mark = String.valueOf(quote);
    return mark + identifier.replace(mark, mark + mark) + mark;
  }

  /**
   * Text without what databases refuse: halves of surrogate pairs and, where asked for, NUL; a
   * replacement character stands in.
   */
  static String storable(String text, boolean withoutNul) {
    StringBuilder fixed = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      boolean bad = (withoutNul && c == 0) || (Character.isSurrogate(c) && !pair);
      if (bad) {
        fixed = fixed == null ? new StringBuilder(text) : fixed;
        fixed.setCharAt(i, '\uFFFD');
      }
      i += pair ? 1 : 0;
    }
    return fixed == null ? text : fixed.toString();
  }
}

package dev.naru.proving.flows;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A captured change of a row, as its record says.
 *
 * @param position which change of the database it is; a change that was captured again has the same
 * @param op c, u, d, or r
 * @param before the row's JSON before, or null
 * @param after the row's JSON after, or null
 */
record Change(String position, String op, String before, String after) {
  private static final Pattern ROWS =
      Pattern.compile("\"before\":(null|\\{[^}]*}),\"after\":(null|\\{[^}]*})");
  private static final Pattern OP = Pattern.compile("\"op\":\"(\\w)\"");
  private static final Pattern PLACE =
      Pattern.compile("\"(?:file|pos|row|lsn)\":(\"[^\"]*\"|\\d+)");

  static Change of(String json) {
    Matcher rows = ROWS.matcher(json);
    Matcher op = OP.matcher(json);
    if (!rows.find() || !op.find()) {
      throw new AssertionError("not a change: " + json);
    }
    StringBuilder position = new StringBuilder();
    Matcher place = PLACE.matcher(json.substring(json.indexOf("\"source\"")));
    while (place.find()) {
      position.append(place.group(1)).append(' ');
    }
    return new Change(position.toString(), op.group(1), row(rows.group(1)), row(rows.group(2)));
  }

  private static String row(String json) {
    return json.equals("null") ? null : json;
  }

  /** The number that a field of a row has. */
  static int number(String row, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\":(\\d+)").matcher(row);
    if (!matcher.find()) {
      throw new AssertionError("no " + field + " in " + row);
    }
    return Integer.parseInt(matcher.group(1));
  }
}

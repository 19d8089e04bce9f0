package dev.naru.connect.crawler.page;

import java.util.Collection;
import java.util.Map;

/**
 * JSON, as little of it as pages need: writing plain values, and checking and compacting what pages
 * embed.
 */
final class Json {
  private static final int DEPTH_MAX = 64;
  private static final String HEX = "0123456789abcdef";

  private final String in;
  private final StringBuilder out = new StringBuilder();
  private int at;

  private Json(String in) {
    this.in = in;
  }

  /** The same JSON without white space, or null when it is not JSON (RFC 8259). */
  static String compact(String text) {
    Json json = new Json(text);
    return json.value(0) && json.atEnd() ? json.out.toString() : null;
  }

  /** Writes a string, a number, a boolean, a collection, or a map. */
  static void write(Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      String comma = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(comma);
        writeString(entry.getKey().toString(), out);
        out.append(':');
        write(entry.getValue(), out);
        comma = ",";
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof Collection<?> all) {
      String comma = "[";
      for (Object element : all) {
        out.append(comma);
        write(element, out);
        comma = ",";
      }
      out.append(all.isEmpty() ? "[]" : "]");
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else {
      writeString(value.toString(), out);
    }
  }

  private static void writeString(String s, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private boolean value(int depth) {
    if (depth > DEPTH_MAX || atEnd()) {
      return false;
    }
    char c = in.charAt(at);
    return switch (c) {
      case '{' -> members(depth, '}', true);
      case '[' -> members(depth, ']', false);
      case '"' -> string();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> number();
    };
  }

  private boolean members(int depth, char close, boolean named) {
    out.append(in.charAt(at++));
    if (next(close)) {
      return true;
    }
    do {
      if (named && !(!atEnd() && in.charAt(at) == '"' && string() && next(':'))) {
        return false;
      }
      if (!value(depth + 1)) {
        return false;
      }
    } while (next(','));
    return next(close);
  }

  /** Takes this character, and the white space around it, if it is what comes next. */
  private boolean next(char expected) {
    if (atEnd() || in.charAt(at) != expected) {
      return false;
    }
    out.append(expected);
    at++;
    atEnd();
    return true;
  }

  private boolean literal(String word) {
    if (!in.startsWith(word, at)) {
      return false;
    }
    out.append(word);
    at += word.length();
    return true;
  }

  private boolean string() {
    int start = at++;
    while (at < in.length() && in.charAt(at) != '"') {
      char c = in.charAt(at);
      if (c < ' ' && c != '\n' && c != '\r' && c != '\t') {
        return false;
      }
      if (c == '\\' && !escape()) {
        return false;
      }
      at++;
    }
    if (at >= in.length()) {
      return false;
    }
    at++;
    appendString(start);
    return true;
  }

  /**
   * Pages often break lines inside strings, which JSON does not allow; they are written as escapes.
   */
  private void appendString(int start) {
    for (int i = start; i < at; i++) {
      char c = in.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> out.append(c);
      }
    }
  }

  private boolean escape() {
    at++;
    if (at >= in.length()) {
      return false;
    }
    if (in.charAt(at) != 'u') {
      return "\"\\/bfnrt".indexOf(in.charAt(at)) >= 0;
    }
    if (at + 4 >= in.length() || !in.substring(at + 1, at + 5).matches("[0-9A-Fa-f]{4}")) {
      return false;
    }
    at += 4;
    return true;
  }

  private boolean number() {
    int start = at;
    while (at < in.length() && "+-.eE0123456789".indexOf(in.charAt(at)) >= 0) {
      at++;
    }
    String number = in.substring(start, at);
    out.append(number);
    return number.matches("-?(0|[1-9][0-9]{0,307})(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
  }

  /** Skips white space; whether nothing is left. */
  private boolean atEnd() {
    while (at < in.length() && " \t\r\n".indexOf(in.charAt(at)) >= 0) {
      at++;
    }
    return at >= in.length();
  }
}

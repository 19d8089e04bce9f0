package dev.naru.connect.common;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) into maps, lists, strings, longs, doubles, booleans and null: what Connect
 * takes as a value without a schema. Whole numbers beyond a long become doubles. Of a name that is
 * there twice the last value counts.
 */
public final class JsonParser {
  private static final int DEPTH_MAX = 256;
  private static final int LONG_DIGITS = 18;

  private final String in;
  private int at;

  private JsonParser(String in) {
    this.in = in;
  }

  /**
   * The value that a text is.
   *
   * @throws JsonException when the text is not one JSON value, or nested more than 256 deep
   */
  public static Object parse(String text) throws JsonException {
    JsonParser parser = new JsonParser(text);
    parser.skipSpace();
    Object value = parser.value(0);
    parser.skipSpace();
    if (parser.at < text.length()) {
      throw parser.error("there is something after the value");
    }
    return value;
  }

  private Object value(int depth) throws JsonException {
    if (depth > DEPTH_MAX) {
      throw error("it is nested more than " + DEPTH_MAX + " deep");
    }
    if (at >= in.length()) {
      throw error("it ends too early");
    }
    return switch (in.charAt(at)) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> literal("true", true);
      case 'f' -> literal("false", false);
      case 'n' -> literal("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) throws JsonException {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (takes('}')) {
      return object;
    }
    do {
      skipSpace();
      if (at >= in.length() || in.charAt(at) != '"') {
        throw error("a name in quotes is missing");
      }
      String name = string();
      skipSpace();
      expect(':');
      skipSpace();
      object.put(name, value(depth + 1));
      skipSpace();
    } while (takes(','));
    expect('}');
    return object;
  }

  private List<Object> array(int depth) throws JsonException {
    List<Object> array = new ArrayList<>();
    at++;
    skipSpace();
    if (takes(']')) {
      return array;
    }
    do {
      skipSpace();
      array.add(value(depth + 1));
      skipSpace();
    } while (takes(','));
    expect(']');
    return array;
  }

  private Object literal(String word, Object value) throws JsonException {
    if (!in.startsWith(word, at)) {
      throw error("there is no value");
    }
    at += word.length();
    return value;
  }

  private String string() throws JsonException {
    int start = ++at;
    while (at < in.length() && isPlain(in.charAt(at))) {
      at++;
    }
    if (at < in.length() && in.charAt(at) == '"') {
      return in.substring(start, at++);
    }
    StringBuilder out = new StringBuilder(in.substring(start, at));
    while (at < in.length()) {
      char c = in.charAt(at++);
      if (c == '"') {
        return out.toString();
      }
      if (c < ' ') {
        throw error("a control character is not escaped");
      }
      out.append(c == '\\' ? escape() : c);
    }
    throw error("a string is not closed");
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c != '"' && c != '\\';
  }

  private char escape() throws JsonException {
    if (at >= in.length()) {
      throw error("it ends in an escape");
    }
    char c = in.charAt(at++);
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex();
      default -> throw error("\\" + c + " is not an escape");
    };
  }

  private char hex() throws JsonException {
    int end = at + 4;
    int code = 0;
    while (at < end) {
      if (at >= in.length() || !HexFormat.isHexDigit(in.charAt(at))) {
        throw error("\\u needs four hexadecimal digits");
      }
      code = code << 4 | HexFormat.fromHexDigit(in.charAt(at++));
    }
    return (char) code;
  }

  private Number number() throws JsonException {
    int start = at;
    takes('-');
    int first = at;
    int whole = digits();
    if (whole == 0 || (whole > 1 && in.charAt(first) == '0')) {
      at = start;
      throw error("there is no value");
    }
    boolean isWhole = true;
    if (takes('.')) {
      isWhole = false;
      if (digits() == 0) {
        throw error("digits are missing after the point");
      }
    }
    if (takes('e') || takes('E')) {
      isWhole = false;
      if (!takes('+')) {
        takes('-');
      }
      if (digits() == 0) {
        throw error("digits are missing in the exponent");
      }
    }
    return number(in.substring(start, at), isWhole && whole <= LONG_DIGITS + 1);
  }

  private static Number number(String text, boolean mayBeLong) {
    if (mayBeLong) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException beyondLong) {
        return Double.parseDouble(text);
      }
    }
    return Double.parseDouble(text);
  }

  private int digits() {
    int start = at;
    while (at < in.length() && in.charAt(at) >= '0' && in.charAt(at) <= '9') {
      at++;
    }
    return at - start;
  }

  private boolean takes(char c) {
    if (at < in.length() && in.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) throws JsonException {
    if (!takes(c)) {
      throw error("'" + c + "' is missing");
    }
  }

  private void skipSpace() {
    while (at < in.length() && " \t\r\n".indexOf(in.charAt(at)) >= 0) {
      at++;
    }
  }

  private JsonException error(String why) {
    return new JsonException(
        "Not JSON at character " + (Math.min(at, in.length()) + 1) + ": " + why + ".");
  }
}

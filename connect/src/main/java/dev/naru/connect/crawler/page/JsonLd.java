package dev.naru.connect.crawler.page;

import dev.naru.connect.common.JsonException;
import dev.naru.connect.common.JsonParser;

/** JSON that pages embed, as it is passed on. Stateless. */
final class JsonLd {
  private static final String SPACE = " \n\r\t";
  private static final String BREAKS = "\n\r\t";
  private static final String ESCAPES = "nrt";

  private JsonLd() {}

  /**
   * The same JSON without white space, or null when it is not JSON (RFC 8259). Names, numbers and
   * texts stay as they are written, but for line breaks inside strings, which are frequent and not
   * allowed: they become escapes.
   */
  static String compact(String text) {
    StringBuilder mended = new StringBuilder(text.length());
    StringBuilder compact = new StringBuilder(text.length());
    boolean inString = false;
    boolean escaped = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int broken = inString && !escaped ? BREAKS.indexOf(c) : -1;
      if (broken >= 0) {
        mended.append('\\');
        compact.append('\\');
        c = ESCAPES.charAt(broken);
      }
      mended.append(c);
      if (inString || SPACE.indexOf(c) < 0) {
        compact.append(c);
      }
      inString ^= c == '"' && !escaped;
      escaped = inString && c == '\\' && !escaped;
    }
    return isJson(mended.toString()) ? compact.toString() : null;
  }

  private static boolean isJson(String text) {
    try {
      JsonParser.parse(text);
      return true;
    } catch (JsonException e) {
      return false;
    }
  }
}

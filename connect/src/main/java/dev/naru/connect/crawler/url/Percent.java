package dev.naru.connect.crawler.url;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/** Percent-encoding as RFC 3986, sections 2 and 6.2.2, wants it. */
final class Percent {
  private static final String UNRESERVED_MARKS = "-._~";
  private static final String HEX = "0123456789ABCDEF";

  static final BitSet PATH = allowed("!$&'()*+,;=:@/");
  static final BitSet QUERY = allowed("!$&'()*+,;=:@/?");

  private Percent() {}

  private static BitSet allowed(String marks) {
    BitSet set = new BitSet(128);
    for (char c = 0; c < 128; c++) {
      if (isUnreserved(c) || marks.indexOf(c) >= 0) {
        set.set(c);
      }
    }
    return set;
  }

  static boolean isAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static boolean isUnreserved(int c) {
    return isAlphanumeric(c) || UNRESERVED_MARKS.indexOf(c) >= 0;
  }

  static String normalise(String s, BitSet allowed) {
    int i = 0;
    while (i < s.length() && s.charAt(i) < 128 && allowed.get(s.charAt(i))) {
      i++;
    }
    if (i == s.length()) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length() + 16).append(s, 0, i);
    while (i < s.length()) {
      char c = s.charAt(i);
      if (c == '%') {
        i += escape(s, i, out);
      } else if (c < 128 && allowed.get(c)) {
        out.append(c);
        i++;
      } else {
        int codePoint = s.codePointAt(i);
        encode(codePoint, out);
        i += Character.charCount(codePoint);
      }
    }
    return out.toString();
  }

  /**
   * Handles the escape (or the lone percent sign) at {@code at} and says how many characters it
   * took.
   */
  private static int escape(String s, int at, StringBuilder out) {
    int value = hexByte(s, at + 1);
    if (value < 0) {
      out.append("%25");
      return 1;
    }
    if (isUnreserved(value)) {
      out.append((char) value);
    } else {
      append(value, out);
    }
    return 3;
  }

  private static void encode(int codePoint, StringBuilder out) {
    boolean lone = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    String character = lone ? "\uFFFD" : Character.toString(codePoint);
    for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
      append(b & 0xFF, out);
    }
  }

  private static void append(int value, StringBuilder out) {
    out.append('%').append(HEX.charAt(value >> 4)).append(HEX.charAt(value & 15));
  }

  private static int hexByte(String s, int at) {
    if (at + 1 >= s.length()) {
      return -1;
    }
    int high = hexDigit(s.charAt(at));
    int low = hexDigit(s.charAt(at + 1));
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** Only ASCII digits count: {@link Character#digit} would take those of other scripts too. */
  private static int hexDigit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  /** The decoded text, or null when the escapes are not UTF-8. */
  static String decode(String s) {
    if (s.indexOf('%') < 0) {
      return s;
    }
    byte[] in = s.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(in.length);
    for (int i = 0; i < in.length; i++) {
      int value = in[i] == '%' ? hexByte(new String(in, StandardCharsets.ISO_8859_1), i + 1) : -1;
      if (value >= 0) {
        out.put((byte) value);
        i += 2;
      } else {
        out.put(in[i]);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }
}

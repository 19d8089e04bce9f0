package dev.naru.connect.crawler.page;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the characters behind a page's bytes: a byte order mark decides; then what the header says,
 * then what the page says of itself, as long as the bytes agree; then UTF-8, then windows-1252,
 * which is what the web means by Latin-1.
 */
public final class TextDecoder {
  private static final Logger LOG = LoggerFactory.getLogger(TextDecoder.class);
  private static final int PRESCAN_BYTES = 4_096;
  private static final Charset WESTERN = Charset.forName("windows-1252");
  private static final Pattern NAMED =
      Pattern.compile(
          "charset\\s*=\\s*[\"']?\\s*([A-Za-z0-9_:.+-]{2,40})", Pattern.CASE_INSENSITIVE);
  private static final Pattern META =
      Pattern.compile(
          "<(?:meta|\\?xml)\\b[^>]{0,500}?(?:charset|encoding)\\s*=\\s*[\"']?\\s*([A-Za-z0-9_:.+-]{2,40})",
          Pattern.CASE_INSENSITIVE);

  private TextDecoder() {}

  public static String decode(byte[] body, String contentType) {
    Charset marked = byteOrderMark(body);
    if (marked != null) {
      String text = new String(body, marked);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
    List<Charset> candidates = new ArrayList<>();
    addNamed(candidates, NAMED, contentType == null ? "" : contentType);
    int prescan = Math.min(body.length, PRESCAN_BYTES);
    addNamed(candidates, META, new String(body, 0, prescan, StandardCharsets.ISO_8859_1));
    candidates.add(StandardCharsets.UTF_8);
    for (Charset charset : candidates) {
      String text = strictly(body, charset);
      if (text != null) {
        return text;
      }
    }
    return leastBroken(body, candidates.get(0));
  }

  private static Charset byteOrderMark(byte[] b) {
    if (startsWith(b, 0xEF, 0xBB, 0xBF)) {
      return StandardCharsets.UTF_8;
    }
    if (startsWith(b, 0xFE, 0xFF)) {
      return StandardCharsets.UTF_16BE;
    }
    return startsWith(b, 0xFF, 0xFE) ? StandardCharsets.UTF_16LE : null;
  }

  private static boolean startsWith(byte[] b, int... start) {
    for (int i = 0; i < start.length; i++) {
      if (i >= b.length || (b[i] & 0xFF) != start[i]) {
        return false;
      }
    }
    return true;
  }

  private static void addNamed(List<Charset> candidates, Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      return;
    }
    String name = matcher.group(1).toLowerCase(Locale.ROOT);
    try {
      if (name.equals("iso-8859-1") || name.equals("latin1") || name.equals("us-ascii")) {
        candidates.add(WESTERN);
      } else if (Charset.isSupported(name)) {
        candidates.add(Charset.forName(name));
      }
    } catch (IllegalCharsetNameException notEvenAName) {
      LOG.debug("ignoring the charset name {}", name);
    }
  }

  private static String strictly(byte[] body, Charset charset) {
    try {
      return charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(
              charset.equals(WESTERN) ? CodingErrorAction.REPLACE : CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(body))
          .toString();
    } catch (CharacterCodingException notThisOne) {
      return null;
    }
  }

  /** A few broken characters in a page are forgiven; when most are broken, the name was wrong. */
  private static String leastBroken(byte[] body, Charset charset) {
    CharBuffer text = charset.decode(ByteBuffer.wrap(body));
    int broken = 0;
    int good = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      broken += c == '\uFFFD' ? 1 : 0;
      good += c > 127 && c != '\uFFFD' ? 1 : 0;
    }
    return broken > good ? new String(body, WESTERN) : text.toString();
  }
}

package dev.naru.proving.pages;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a page says that a command shows: lines that follow each other, with {@code …} for what may
 * be anything, within a line or as a line of its own for any number of lines. How many spaces there
 * are between words does not matter, nor do empty lines.
 */
final class Shown {
  private static final String ANYTHING = "…";
  private static final Pattern NUMBER = Pattern.compile("\\d[\\d,.]*");
  private static final String ANY_NUMBER = Matcher.quoteReplacement("\\E\\d[\\d,.]*\\Q");

  private final String text;

  /** Parts between which there may be anything. */
  private final List<List<Pattern>> parts = new ArrayList<>();

  /**
   * @param text as it stands in the page
   * @param numbersDiffer whether any number may be another one
   */
  Shown(String text, boolean numbersDiffer) {
    this.text = text;
    parts.add(new ArrayList<>());
    for (String line : words(text)) {
      if (line.equals(ANYTHING)) {
        parts.add(new ArrayList<>());
      } else {
        parts.get(parts.size() - 1).add(pattern(line, numbersDiffer));
      }
    }
  }

  private static Pattern pattern(String line, boolean numbersDiffer) {
    String quoted = Pattern.quote(line);
    if (numbersDiffer) {
      quoted = NUMBER.matcher(quoted).replaceAll(ANY_NUMBER);
    }
    return Pattern.compile(quoted.replace(ANYTHING, "\\E.*\\Q"));
  }

  private static List<String> words(String text) {
    return text.lines()
        .map(line -> line.strip().replaceAll("\\s+", " "))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /** Whether it is somewhere in what was printed. */
  boolean isIn(String printed) {
    List<String> lines = words(printed);
    int from = 0;
    for (List<Pattern> part : parts) {
      while (!isAt(part, lines, from)) {
        if (++from > lines.size()) {
          return false;
        }
      }
      from += part.size();
    }
    return true;
  }

  private static boolean isAt(List<Pattern> part, List<String> lines, int from) {
    if (from + part.size() > lines.size()) {
      return false;
    }
    for (int i = 0; i < part.size(); i++) {
      if (!part.get(i).matcher(lines.get(from + i)).matches()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}

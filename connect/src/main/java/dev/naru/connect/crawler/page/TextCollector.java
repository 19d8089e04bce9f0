package dev.naru.connect.crawler.page;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects text with its white space collapsed, and remembers which stretches of it are the page's
 * main part.
 */
final class TextCollector {
  private record Stretch(int start, int end) {}

  private final StringBuilder sb = new StringBuilder(4_096);
  private final List<Stretch> main = new ArrayList<>();
  private final int charsMax;
  private int mainStart = -1;
  private boolean pendingSpace;
  private boolean pendingLine;
  private boolean cut;
  private String text;

  TextCollector(int charsMax) {
    this.charsMax = charsMax;
  }

  void append(String raw) {
    int length = raw.length();
    for (int i = 0; i < length; i++) {
      char c = raw.charAt(i);
      if (c <= ' ' || c == '\u00A0' || c == '\u200B') {
        pendingSpace = true;
      } else {
        if (sb.length() + (pendingLine || pendingSpace ? 1 : 0) >= charsMax) {
          cut = true;
          return;
        }
        if (pendingLine || pendingSpace) {
          separate();
        }
        sb.append(c);
      }
    }
  }

  private void separate() {
    if (sb.length() > 0) {
      sb.append(pendingLine ? '\n' : ' ');
    }
    pendingLine = false;
    pendingSpace = false;
  }

  void breakLine() {
    pendingLine = true;
  }

  int position() {
    return sb.length();
  }

  String since(int start) {
    return sb.substring(start).trim();
  }

  void beginMain() {
    mainStart = sb.length();
  }

  void endMain() {
    main.add(new Stretch(mainStart, sb.length()));
    mainStart = -1;
  }

  boolean inMain() {
    return mainStart >= 0;
  }

  boolean isCut() {
    return cut;
  }

  /** The main part if the page marks one, else everything. Nothing may be appended afterwards. */
  String text() {
    if (text == null) {
      StringBuilder marked = new StringBuilder();
      for (Stretch stretch : main) {
        marked.append(sb, stretch.start(), stretch.end());
      }
      String candidate = marked.toString().strip();
      text = candidate.isEmpty() ? sb.toString().strip() : candidate;
      if (!text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1))) {
        text = text.substring(0, text.length() - 1);
      }
    }
    return text;
  }
}

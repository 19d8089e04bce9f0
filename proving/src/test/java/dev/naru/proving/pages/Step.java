package dev.naru.proving.pages;

import java.time.Duration;

/**
 * One thing that a page tells its reader to do.
 *
 * @param line of the page, where its block begins
 * @param kind whether the text is typed or names keys
 * @param terminal which of the reader's terminals; {@link #FIRST} unless the page says otherwise
 * @param within how long it may take
 * @param again whether the reader asks again until it is shown
 * @param leftOut why it is not for every reader, as the page says it; empty when it is
 * @param text the block as it stands there
 * @param shown what the page shows after it; null when it shows nothing
 */
record Step(
    int line,
    Kind kind,
    String terminal,
    Duration within,
    boolean again,
    String leftOut,
    String text,
    Shown shown) {
  /** The terminal in which everything comes to its end before the reader goes on. */
  static final String FIRST = "first";

  enum Kind {
    COMMANDS,
    KEYS
  }

  /** Whether the reader may go on while what was typed still runs. */
  boolean mayGoOn() {
    return !terminal.equals(FIRST) && shown != null;
  }

  Step showing(Shown what) {
    return new Step(line, kind, terminal, within, again, leftOut, text, what);
  }
}

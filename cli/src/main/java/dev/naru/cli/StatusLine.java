package dev.naru.cli;

import java.util.concurrent.TimeUnit;

/**
 * Progress of long work: one line drawn over itself on a terminal, a plain line now and then
 * otherwise.
 */
public final class StatusLine {
  private static final long PLAIN_PAUSE_NS = TimeUnit.SECONDS.toNanos(2);

  private final Terminal terminal;
  private String last = "";
  private long saidNs;
  private boolean drawn;

  public StatusLine(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Shows where the work is. */
  public void show(String line) {
    if (terminal.interactive()) {
      terminal.out().print("\r" + line + "\u001b[K");
      terminal.out().flush();
      drawn = true;
      return;
    }
    long nowNs = System.nanoTime();
    boolean due = last.isEmpty() || nowNs - saidNs >= PLAIN_PAUSE_NS;
    if (due && !line.equals(last)) {
      terminal.say(line);
      last = line;
      saidNs = nowNs;
    }
  }

  /** Shows the last line of the work, whatever came before it, and ends it. */
  public void end(String line) {
    if (terminal.interactive()) {
      terminal.say("\r" + line + "\u001b[K");
    } else if (!line.equals(last)) {
      terminal.say(line);
    }
    drawn = false;
  }

  /** Leaves what was drawn where it is, so that something else can be said below. */
  public void leave() {
    if (drawn) {
      terminal.say("");
      drawn = false;
    }
  }
}

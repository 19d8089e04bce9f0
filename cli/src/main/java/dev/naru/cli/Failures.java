package dev.naru.cli;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns what went wrong into one sentence and an exit code. */
public final class Failures {
  private Failures() {}

  static int report(Throwable thrown, Terminal terminal, boolean debug) {
    Throwable e = unwrap(thrown);
    terminal.out().flush();
    terminal.err().println("naru: " + sentence(e));
    if (debug) {
      e.printStackTrace(terminal.err());
    }
    return e instanceof CliException known ? known.exitCode() : CliException.FAILURE;
  }

  /** The exception that a future or a thread wrapped. */
  public static Throwable unwrap(Throwable thrown) {
    Throwable e = thrown;
    while ((e instanceof ExecutionException || e instanceof CompletionException)
        && e.getCause() != null) {
      e = e.getCause();
    }
    return e;
  }

  /** What happened, as a sentence without the exception's class unless it says nothing else. */
  public static String sentence(Throwable e) {
    String message = e.getMessage();
    if (message == null || message.isBlank()) {
      return e.getClass().getSimpleName();
    }
    return e instanceof RuntimeException || e instanceof java.io.IOException
        ? message.strip()
        : e.getClass().getSimpleName() + ": " + message.strip();
  }
}

package dev.naru.proving.apache;

import org.opentest4j.TestAbortedException;

/**
 * A test asked for what is not there by decision: several brokers, the inside of a broker, what the
 * node does not serve yet. The message ends the sentence "it asks for ...".
 */
public final class OutOfScope extends TestAbortedException {
  private static final long serialVersionUID = 1L;

  public OutOfScope(String what) {
    super(what);
  }

  /** The one among an exception's causes, or null. */
  static OutOfScope in(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfScope found) {
        return found;
      }
    }
    return null;
  }
}

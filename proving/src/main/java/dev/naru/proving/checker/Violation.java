package dev.naru.proving.checker;

/** One broken promise, with enough in its text to find the records. */
public record Violation(Flaw flaw, String text) {

  @Override
  public String toString() {
    return flaw + ": " + text;
  }
}

package dev.naru.connect.files;

/** A line that cannot be read; the message completes "File f, line n: it …". */
final class BrokenRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean quotes;

  BrokenRecordException(String message) {
    this(message, false);
  }

  /** With {@code quotes} when it is not clear where the record ends. */
  BrokenRecordException(String message, boolean quotes) {
    super(message);
    this.quotes = quotes;
  }

  /** Whether quotes are wrong, so that what came after the first line may be other records. */
  boolean isAboutQuotes() {
    return quotes;
  }
}

package dev.naru.cli;

/**
 * Ends a command with one sentence on standard error and an exit code; the cause is shown with
 * {@code --debug}.
 */
public final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What was asked could not be done. */
  public static final int FAILURE = 1;

  /** What was asked makes no sense. */
  public static final int MISTAKE = 2;

  private final int exitCode;

  private CliException(int exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  public static CliException failure(String sentence) {
    return new CliException(FAILURE, sentence, null);
  }

  public static CliException failure(String sentence, Throwable cause) {
    return new CliException(FAILURE, sentence, cause);
  }

  public static CliException mistake(String sentence) {
    return new CliException(MISTAKE, sentence, null);
  }

  public static CliException mistake(String sentence, Throwable cause) {
    return new CliException(MISTAKE, sentence, cause);
  }

  public int exitCode() {
    return exitCode;
  }
}

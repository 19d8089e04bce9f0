package dev.naru.spark.job;

/** Ends a job with one sentence. Its message never has a secret in it. */
public final class JobException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean mistake;

  private JobException(boolean mistake, String sentence, Throwable cause) {
    super(sentence, cause);
    this.mistake = mistake;
  }

  /** The job file, or an option, asks for what makes no sense. */
  public static JobException mistake(String sentence) {
    return new JobException(true, sentence, null);
  }

  /** As above, with what was behind it. */
  public static JobException mistake(String sentence, Throwable cause) {
    return new JobException(true, sentence, cause);
  }

  /** What was asked for could not be done. */
  public static JobException failure(String sentence) {
    return new JobException(false, sentence, null);
  }

  /** As above, with what was behind it. */
  public static JobException failure(String sentence, Throwable cause) {
    return new JobException(false, sentence, cause);
  }

  /** 2 for a mistake and 1 for a failure, as every command of Naru ends. */
  public int exitCode() {
    return mistake ? 2 : 1;
  }
}

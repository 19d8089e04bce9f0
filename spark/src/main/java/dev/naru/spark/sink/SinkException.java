package dev.naru.spark.sink;

/** A database did not do what it was asked; its cause says why. */
public final class SinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SinkException(String sentence, Exception cause) {
    super(sentence, cause);
  }
}

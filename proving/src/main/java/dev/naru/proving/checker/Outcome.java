package dev.naru.proving.checker;

/** How an operation ended, as far as its caller can know. */
public enum Outcome {
  /** Acknowledged. */
  OK,
  /** Refused for certain: nothing of it may ever be seen. */
  FAIL,
  /** A timeout, a disconnect, an error after bytes had left: it may have happened, or not. */
  UNKNOWN
}

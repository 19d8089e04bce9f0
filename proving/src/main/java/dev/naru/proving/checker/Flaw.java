package dev.naru.proving.checker;

/** Which promise was broken. */
public enum Flaw {
  /** Two readers, or a reader and an acknowledgement, disagree about what stands at an offset. */
  DIVERGED,
  /** An acknowledged value is absent. */
  LOST,
  /** A value stands in the log twice. */
  DUPLICATED,
  /** A value of a failed operation, or of an aborted transaction, is visible. */
  ABORTED_READ,
  /** A transaction is visible in part. */
  TORN,
  /** A later operation stands before an earlier one. */
  REORDERED,
  /**
   * A consumer saw an offset again, or a lower one, without a new assignment; or what a group has
   * committed became less.
   */
  WENT_BACK,
  /** A consumer passed over a record that is there, or a group committed what no member saw. */
  SKIPPED,
  /** A value that nobody wrote. */
  UNEXPECTED
}

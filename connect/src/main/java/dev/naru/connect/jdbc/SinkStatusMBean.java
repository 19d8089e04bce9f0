package dev.naru.connect.jdbc;

/**
 * A sink task's numbers, as {@code dev.naru.connect:type=jdbc-sink,connector=NAME,task=N} shows
 * them. Since the task started.
 */
public interface SinkStatusMBean {
  /** Records that the database has, those without effect included. */
  long getRecords();

  /** Rows that were inserted or overwritten. */
  long getRows();

  /** Rows that were deleted. */
  long getDeletes();

  /** Records without a value that were left out because delete.enabled is false. */
  long getLeftOut();

  /** Records that cannot become rows and were reported to Connect. */
  long getBadRecords();

  /** Transactions that were committed. */
  long getCommits();

  /** Failures that were tried again. */
  long getRetries();

  /** One sentence on how it is going; empty when all is well. */
  String getTrouble();
}

package dev.naru.broker.txn;

import dev.naru.log.DurableCallback;
import java.util.List;
import java.util.Optional;

/** One partition of {@code __transaction_state}, as its coordinator needs it. */
interface TransactionStateLog {
  /**
   * Appends changes as one batch, all or none.
   *
   * @return the offset after them
   * @throws RuntimeException nothing was appended
   */
  long append(List<TransactionRecord> records, long nowMs);

  /** As {@link dev.naru.log.PartitionLog#whenDurable}. */
  void whenDurable(long endOffset, DurableCallback callback);

  /** Why nothing more can be appended; empty while the log serves. */
  Optional<Throwable> failure();
}

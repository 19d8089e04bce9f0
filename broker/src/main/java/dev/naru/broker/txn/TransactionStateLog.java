package dev.naru.broker.txn;

import dev.naru.log.DurableCallback;
import java.util.List;

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

  /** The partition's leader epoch, which markers carry to fence former coordinators. */
  int coordinatorEpoch();
}

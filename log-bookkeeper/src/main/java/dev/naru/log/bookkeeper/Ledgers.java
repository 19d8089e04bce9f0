package dev.naru.log.bookkeeper;

import java.util.concurrent.CompletionStage;

/**
 * The ledgers of a cluster: sequences of entries that one writer adds to and that are closed once
 * and for all. This port is all that is used of BookKeeper.
 *
 * <p>Stages are completed by other threads than the caller's, never before the call has returned,
 * so that a caller may hold locks.
 */
public interface Ledgers {
  /**
   * Makes an empty ledger.
   *
   * @param log the log that it is for, for whoever looks for ledgers that no list names
   */
  CompletionStage<LedgerWriter> create(String log);

  /**
   * Opens a ledger to read it, after taking it from its writer: what the writer adds from now on
   * fails, every entry that was acknowledged to it is there, and the ledger is closed. May be
   * repeated.
   */
  CompletionStage<LedgerReader> recover(long ledgerId);

  /** Deletes a ledger; one that is not there is deleted already. */
  CompletionStage<Void> delete(long ledgerId);

  /**
   * Whether records of clients may be added: what room there is otherwise is kept for what the
   * cluster must write to go on. Does not block.
   */
  default boolean hasRoom() {
    return true;
  }
}

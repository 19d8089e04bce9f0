package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Ledgers as those see them who only look: their writers go on undisturbed. The other port, beside
 * {@link Ledgers}, to what is used of BookKeeper. Stages are completed as there.
 */
public interface LedgerViews {
  /** Opens a ledger to read it, whether it is still written or not. Never fences its writer. */
  CompletionStage<LedgerView> open(long ledgerId);

  /** A ledger that somebody else may be writing. Any thread. */
  interface LedgerView {
    /** The last entry that was there for sure when the ledger was opened, or later; -1 for none. */
    long lastEntry();

    /** Bytes of all entries up to {@link #lastEntry}. */
    long bytes();

    /**
     * Reads consecutive entries that the caller knows to be acknowledged, whatever {@link
     * #lastEntry} says.
     *
     * @return all of them, each to be released by the caller
     */
    CompletionStage<List<ByteBuf>> read(long first, long last);

    /** Nobody begins to read here any more. */
    void letGo();
  }
}

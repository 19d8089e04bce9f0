package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What ledgers there are, whether a list names them or not. */
public interface LedgerCatalog {
  /** One walk through all ledgers; used by one thread. */
  interface Walk extends AutoCloseable {
    /**
     * The next ledgers, in any order; none at the end. Ledgers that are made or deleted meanwhile
     * may be missing. Blocks.
     */
    List<Long> next(int max) throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Begins at the beginning. Blocks. */
  Walk walk() throws IOException;

  /** The log that a ledger was made for; empty when it is gone, or was made for no log. */
  CompletionStage<Optional<String>> madeFor(long ledgerId);
}

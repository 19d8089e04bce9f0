package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;

/** A ledger that is written: by one thread at a time, and read by any. */
public interface LedgerWriter extends LedgerReader {
  /**
   * Adds an entry behind those that were added before. The stage completes when it and all before
   * it are durable on as many nodes as must have them. When it fails, the outcome is unknown, and
   * so is that of everything added later.
   *
   * @param entry taken over: released when it is not needed any more
   */
  CompletionStage<Void> append(ByteBuf entry);

  /** Closes the ledger after what was acknowledged; what is on its way fails. */
  CompletionStage<Void> close();
}

package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A ledger that can be read. Any thread. */
public interface LedgerReader {
  long id();

  /** The last entry that is surely there; -1 when there is none. */
  long lastEntry();

  /** Bytes of all entries up to {@link #lastEntry}. */
  long bytes();

  /**
   * Reads consecutive entries.
   *
   * @param first not after {@link #lastEntry}
   * @param maxBytes about so many bytes; one entry comes in any case
   * @return the entries, each of them to be released by the caller
   */
  CompletionStage<List<ByteBuf>> read(long first, int maxBytes);
}

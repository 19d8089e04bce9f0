package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.client.api.LedgerEntries;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ledgers in Apache BookKeeper, opened without recovery and read by {@code readUnconfirmed}: a
 * ledger that is open confirms an entry only with the one after it.
 */
final class BookKeeperViews implements LedgerViews {
  private static final Logger LOG = LoggerFactory.getLogger(BookKeeperViews.class);

  private final BookKeeper client;
  private final byte[] password;

  BookKeeperViews(BookKeeper client, byte[] password) {
    this.client = client;
    this.password = password;
  }

  @Override
  public CompletionStage<LedgerView> open(long ledgerId) {
    return client
        .newOpenLedgerOp()
        .withLedgerId(ledgerId)
        .withRecovery(false)
        .withDigestType(DigestType.CRC32C)
        .withPassword(password)
        .execute()
        .thenApply(View::new);
  }

  private record View(ReadHandle handle) implements LedgerView {
    @Override
    public long lastEntry() {
      return handle.getLastAddConfirmed();
    }

    @Override
    public long bytes() {
      return handle.getLength();
    }

    @Override
    public CompletionStage<List<ByteBuf>> read(long first, long last) {
      return handle.readUnconfirmedAsync(first, last).thenApply(View::kept);
    }

    private static List<ByteBuf> kept(LedgerEntries entries) {
      List<ByteBuf> kept = new ArrayList<>();
      entries.forEach(entry -> kept.add(entry.getEntryBuffer().retain()));
      entries.close();
      return kept;
    }

    @Override
    public void letGo() {
      // It only follows the ledger's metadata; nothing can be done about an end that fails.
      handle
          .closeAsync()
          .whenComplete(
              (nothing, problem) -> {
                if (problem != null) {
                  LOG.debug("A view of ledger {} is not closed", handle.getId(), problem);
                }
              });
    }
  }
}

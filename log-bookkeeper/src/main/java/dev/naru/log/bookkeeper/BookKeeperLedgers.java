package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.client.api.LedgerEntries;
import org.apache.bookkeeper.client.api.LedgerEntry;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.client.api.WriteHandle;

/**
 * Ledgers in Apache BookKeeper. Stages are completed by the client's threads, where each ledger has
 * one of them.
 *
 * <p>A ledger is made on as many bookies as there are, up to the number of copies that is wanted:
 * with three nodes and three copies, one dead node leaves no replacement, and must stop nothing.
 */
public final class BookKeeperLedgers implements Ledgers, AutoCloseable {
  /** Whose ledger it is, for those who look at ledgers alone. */
  static final String LOG = "naru.log";

  private final BookKeeper client;
  private final IntSupplier bookies;
  private final byte[] password;
  private final Copies copies;

  /**
   * @param client closed by {@link #close}
   * @param bookies how many can be written now, as far as this node knows
   * @param password of all ledgers of the cluster
   */
  public BookKeeperLedgers(BookKeeper client, IntSupplier bookies, byte[] password, Copies copies) {
    this.client = client;
    this.bookies = bookies;
    this.password = password.clone();
    this.copies = copies;
  }

  @Override
  public CompletionStage<LedgerWriter> create(String log) {
    int there = Math.min(copies.wanted(), bookies.getAsInt());
    return create(log, Math.max(copies.least(), there));
  }

  private CompletionStage<LedgerWriter> create(String log, int on) {
    return client
        .newCreateLedgerOp()
        .withEnsembleSize(on)
        .withWriteQuorumSize(on)
        .withAckQuorumSize(copies.acknowledging(on))
        .withDigestType(DigestType.CRC32C)
        .withPassword(password)
        .withCustomMetadata(Map.of(LOG, log.getBytes(StandardCharsets.UTF_8)))
        .execute()
        .<CompletionStage<LedgerWriter>>handle(
            (handle, problem) -> {
              if (problem == null) {
                return CompletableFuture.completedFuture(new Writer(handle));
              }
              Throwable cause = Stages.cause(problem);
              return isCode(cause, BKException.Code.NotEnoughBookiesException)
                      && on > copies.least()
                  ? create(log, on - 1)
                  : CompletableFuture.failedFuture(cause);
            })
        .thenCompose(made -> made);
  }

  private static boolean isCode(Throwable cause, int code) {
    return cause instanceof BKException failure && failure.getCode() == code;
  }

  @Override
  public CompletionStage<LedgerReader> recover(long ledgerId) {
    return client
        .newOpenLedgerOp()
        .withLedgerId(ledgerId)
        .withRecovery(true)
        .withDigestType(DigestType.CRC32C)
        .withPassword(password)
        .execute()
        .thenApply(Reader::new);
  }

  /** The same ledgers for who only looks. */
  public LedgerViews views() {
    return new BookKeeperViews(client, password);
  }

  @Override
  public CompletionStage<Void> delete(long ledgerId) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    client
        .newDeleteLedgerOp()
        .withLedgerId(ledgerId)
        .execute()
        .whenComplete(
            (nothing, problem) -> {
              Throwable cause = problem == null ? null : Stages.cause(problem);
              boolean gone =
                  cause == null
                      || isCode(cause, BKException.Code.NoSuchLedgerExistsException)
                      || isCode(
                          cause, BKException.Code.NoSuchLedgerExistsOnMetadataServerException);
              if (gone) {
                done.complete(null);
              } else {
                done.completeExceptionally(cause);
              }
            });
    return done;
  }

  @Override
  public void close() throws IOException {
    try {
      client.close();
    } catch (BKException e) {
      throw new IOException("BookKeeper's client does not close: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while BookKeeper's client was closed", e);
    }
  }

  private static class Reader implements LedgerReader {
    private final ReadHandle handle;

    Reader(ReadHandle handle) {
      this.handle = handle;
    }

    @Override
    public long id() {
      return handle.getId();
    }

    @Override
    public long lastEntry() {
      return handle.getLastAddConfirmed();
    }

    @Override
    public long bytes() {
      return handle.getLength();
    }

    @Override
    public CompletionStage<List<ByteBuf>> read(long first, int maxBytes) {
      long last = lastEntry();
      long average = Math.max(1, bytes() / Math.max(1, last + 1));
      long count = Math.max(1, Math.min(maxBytes / average, last - first + 1));
      return handle.readAsync(first, first + count - 1).thenApply(Reader::taken);
    }

    private static List<ByteBuf> taken(LedgerEntries entries) {
      List<ByteBuf> taken = new ArrayList<>();
      try (entries) {
        for (LedgerEntry entry : entries) {
          taken.add(entry.getEntryBuffer().retain());
        }
      }
      return taken;
    }
  }

  private static final class Writer extends Reader implements LedgerWriter {
    private final WriteHandle handle;

    Writer(WriteHandle handle) {
      super(handle);
      this.handle = handle;
    }

    @Override
    public CompletionStage<Void> append(ByteBuf entry) {
      return handle.appendAsync(entry).thenApply(id -> null);
    }

    @Override
    public CompletionStage<Void> close() {
      return handle.closeAsync();
    }
  }
}

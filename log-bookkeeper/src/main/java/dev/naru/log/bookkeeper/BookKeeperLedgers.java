package dev.naru.log.bookkeeper;

import dev.naru.log.LogTakenException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.client.api.BKException.Code;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.client.api.LedgerEntries;
import org.apache.bookkeeper.client.api.LedgerEntry;
import org.apache.bookkeeper.client.api.LedgersIterator;
import org.apache.bookkeeper.client.api.ListLedgersResult;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.client.api.WriteHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ledgers in Apache BookKeeper. Stages are completed by the client's threads, where each ledger has
 * one of them.
 *
 * <p>A ledger is made on as many bookies as there are, up to the number of copies that is wanted:
 * with three nodes and three copies, one dead node leaves no replacement, and must stop nothing.
 *
 * <p>A ledger is asked for again when there are too few bookies or ZooKeeper does not answer, with
 * {@link Pauses}: this node may see a bookie that came back a moment later than others do. Nothing
 * was written yet, so that a ledger that was made although nobody heard of it does no harm. When
 * other bookies come the pause is over ({@link #bookiesChanged}): a cluster that is started waits
 * for its second one.
 */
public final class BookKeeperLedgers implements Ledgers, LedgerCatalog, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(BookKeeperLedgers.class);

  /** The log that a ledger was made for. */
  static final String LOG = "naru.log";

  private final BookKeeper client;
  private final IntSupplier bookies;
  private final BooleanSupplier room;
  private final byte[] password;
  private final Copies copies;
  private final Pauses pauses;

  /** Ledgers that will be asked for again. */
  private final Set<Creation.Next> waiting = ConcurrentHashMap.newKeySet();

  /**
   * @param client closed by {@link #close}
   * @param bookies how many can be written now, as far as this node knows
   * @param room whether clients' records may be
   * @param password of all ledgers of the cluster
   * @param pauses before a ledger is asked for again
   */
  public BookKeeperLedgers(
      BookKeeper client,
      IntSupplier bookies,
      BooleanSupplier room,
      byte[] password,
      Copies copies,
      Pauses pauses) {
    this.client = client;
    this.bookies = bookies;
    this.room = room;
    this.password = password.clone();
    this.copies = copies;
    this.pauses = pauses;
  }

  @Override
  public CompletionStage<LedgerWriter> create(String log) {
    CompletableFuture<LedgerWriter> made = new CompletableFuture<>();
    new Creation(log, made).attempt(1);
    return made;
  }

  /**
   * There are other bookies than before: who waits for enough of them asks again. Any thread; does
   * not block.
   */
  public void bookiesChanged() {
    // Those of now: an attempt that fails at once waits for the next change.
    List.copyOf(waiting).forEach(Creation.Next::now);
  }

  /** A ledger that is asked for until it is there, or nobody can be expected to make it. */
  private final class Creation {
    private final String log;
    private final CompletableFuture<LedgerWriter> made;
    private final long beganNs = System.nanoTime();

    Creation(String log, CompletableFuture<LedgerWriter> made) {
      this.log = log;
      this.made = made;
    }

    void attempt(int number) {
      int seen = bookies.getAsInt();
      ask(Math.max(copies.least(), Math.min(copies.wanted(), seen)))
          .whenComplete(
              (ledger, problem) -> {
                if (problem == null) {
                  made.complete(ledger);
                } else {
                  failed(number, seen, Stages.cause(problem));
                }
              });
    }

    private CompletionStage<LedgerWriter> ask(int on) {
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
                return isCode(cause, Code.NotEnoughBookiesException) && on > copies.least()
                    ? ask(on - 1)
                    : CompletableFuture.failedFuture(cause);
              })
          .thenCompose(asked -> asked);
    }

    private void failed(int number, int seen, Throwable cause) {
      // BookKeeper's client may have tried for long itself before it said so.
      long forMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
      if (mayPass(cause) && number < Pauses.MAX_ATTEMPTS && forMs < Pauses.ALL_MS) {
        LOGGER.debug("{}: a ledger is asked for again", log, cause);
        Next next = new Next(number);
        waiting.add(next);
        pauses.beforeNext(number, next::afterPause);
        if (bookies.getAsInt() != seen) {
          // They changed before this one waited.
          next.now();
        }
      } else {
        made.completeExceptionally(cause);
      }
    }

    /** The attempt after one that failed: whatever comes first begins it. */
    private final class Next {
      private final int failed;

      Next(int failed) {
        this.failed = failed;
      }

      void afterPause() {
        begin(failed + 1);
      }

      /** Counts for nothing: the next pause is as long as the one that ends here. */
      void now() {
        begin(failed);
      }

      private void begin(int number) {
        if (waiting.remove(this)) {
          attempt(number);
        }
      }
    }
  }

  @Override
  public boolean hasRoom() {
    return room.getAsBoolean();
  }

  private static boolean isGone(Throwable cause) {
    return isCode(cause, Code.NoSuchLedgerExistsException)
        || isCode(cause, Code.NoSuchLedgerExistsOnMetadataServerException);
  }

  private static boolean mayPass(Throwable cause) {
    return isCode(cause, Code.NotEnoughBookiesException)
        || isCode(cause, Code.ZKException)
        || isCode(cause, Code.MetaStoreException);
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
              if (cause == null || isGone(cause)) {
                done.complete(null);
              } else {
                done.completeExceptionally(cause);
              }
            });
    return done;
  }

  @Override
  public CompletionStage<Optional<String>> madeFor(long ledgerId) {
    CompletableFuture<Optional<String>> done = new CompletableFuture<>();
    client
        .getLedgerMetadata(ledgerId)
        .whenComplete(
            (metadata, problem) -> {
              Throwable cause = problem == null ? null : Stages.cause(problem);
              if (cause == null) {
                byte[] log = metadata.getCustomMetadata().get(LOG);
                done.complete(
                    Optional.ofNullable(log).map(name -> new String(name, StandardCharsets.UTF_8)));
              } else if (isGone(cause)) {
                done.complete(Optional.empty());
              } else {
                done.completeExceptionally(cause);
              }
            });
    return done;
  }

  @Override
  public Walk walk() throws IOException {
    ListLedgersResult all = Stages.await(client.newListLedgersOp().execute(), "Listing ledgers");
    LedgersIterator ids = all.iterator();
    return new Walk() {
      @Override
      public List<Long> next(int max) throws IOException {
        List<Long> next = new ArrayList<>();
        while (next.size() < max && ids.hasNext()) {
          next.add(ids.next());
        }
        return next;
      }

      @Override
      public void close() throws IOException {
        try {
          all.close();
        } catch (Exception e) {
          throw new IOException("Listing ledgers does not end: " + e.getMessage(), e);
        }
      }
    };
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
      CompletableFuture<Void> done = new CompletableFuture<>();
      handle
          .appendAsync(entry)
          .whenComplete(
              (id, problem) -> {
                if (problem == null) {
                  done.complete(null);
                } else {
                  done.completeExceptionally(whyRefused(Stages.cause(problem)));
                }
              });
      return done;
    }

    private Throwable whyRefused(Throwable cause) {
      return isCode(cause, Code.LedgerFencedException)
          ? new LogTakenException("its next owner has fenced ledger " + id(), cause)
          : cause;
    }

    @Override
    public CompletionStage<Void> close() {
      return handle.closeAsync();
    }
  }
}

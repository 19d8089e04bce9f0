package dev.naru.log.bookkeeper;

import dev.naru.log.LocatedReads;
import dev.naru.log.LogSlice;
import dev.naru.log.bookkeeper.LedgerViews.LedgerView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads what other nodes' logs have in ledgers, as they say where it is. What they name is
 * acknowledged, so it is read whether the ledger is closed or not, and its writer is left alone.
 *
 * <p>Ledgers stay open while they are among the last so many that were read; one that a read failed
 * at is opened again by the next one. Memory: what is being read and what was read and is not
 * closed yet, together.
 */
public final class LedgerReads implements LocatedReads, AutoCloseable {
  private static final int OPEN_MAX = 512;

  /** Reads of the largest size for which there is memory at a time. */
  private static final int SHARES = 4;

  private final LedgerViews ledgers;
  private final Executor readers;
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();

  /** By use, the last one last; guards itself. */
  private final Map<Long, Opened> opened = new LinkedHashMap<>(16, 0.75f, true);

  /** A ledger, and where some of its entries stand. */
  private record Opened(CompletableFuture<LedgerView> view, EntryIndex index) {
    void letGo() {
      view.thenAccept(LedgerView::letGo);
    }
  }

  /**
   * @param readers where bytes are copied
   * @param maxBytes for one read more is always room when there is no other
   */
  public LedgerReads(LedgerViews ledgers, Executor readers, long maxBytes) {
    this.ledgers = ledgers;
    this.readers = readers;
    this.maxBytes = maxBytes;
  }

  /** Bytes of reads that are under way, or were not closed yet. */
  public long bytes() {
    return bytes.get();
  }

  @Override
  public int maxBytes() {
    return (int) Math.min(Integer.MAX_VALUE, maxBytes / SHARES);
  }

  @Override
  public CompletionStage<Optional<LogSlice>> read(ByteBuffer place) {
    List<PlacedPart> parts;
    int total;
    try {
      parts = PlacedPart.decode(place);
      total = Math.toIntExact(parts.stream().mapToLong(PlacedPart::length).sum());
    } catch (IOException | ArithmeticException e) {
      return CompletableFuture.failedFuture(e);
    }
    long now = bytes.addAndGet(total);
    if (now > maxBytes && now > total) {
      bytes.addAndGet(-total);
      return CompletableFuture.completedFuture(Optional.empty());
    }
    ByteBuffer into = ByteBuffer.allocate(total);
    CompletionStage<Void> all = CompletableFuture.completedFuture(null);
    for (PlacedPart part : parts) {
      all = all.thenCompose(nothing -> copy(part, into));
    }
    return all.handle(
            (nothing, problem) -> {
              if (problem == null) {
                return CompletableFuture.completedFuture(Optional.of(slice(into.flip(), total)));
              }
              bytes.addAndGet(-total);
              return CompletableFuture.<Optional<LogSlice>>failedFuture(Stages.cause(problem));
            })
        .thenCompose(done -> done);
  }

  /** One that is closed twice must not be counted twice. */
  private LogSlice slice(ByteBuffer read, int total) {
    AtomicBoolean closed = new AtomicBoolean();
    return LogSlice.of(
        read,
        () -> {
          if (closed.compareAndSet(false, true)) {
            bytes.addAndGet(-total);
          }
        });
  }

  /**
   * A ledger that has been open for a while may have been closed or moved; then it is opened anew.
   */
  private CompletionStage<Void> copy(PlacedPart part, ByteBuffer into) {
    int start = into.position();
    Opened known = known(part.ledgerId());
    if (known == null) {
      return copy(part, into, open(part.ledgerId()));
    }
    return copy(part, into, known)
        .handle(
            (nothing, problem) ->
                problem == null
                    ? CompletableFuture.<Void>completedFuture(null)
                    : copy(part, into.position(start), open(part.ledgerId())))
        .thenCompose(done -> done);
  }

  private CompletionStage<Void> copy(PlacedPart part, ByteBuffer into, Opened ledger) {
    return ledger
        .view
        .thenComposeAsync(
            view -> new PartRead(view, ledger.index, part, into, readers).run(), readers)
        .whenComplete(
            (nothing, problem) -> {
              if (problem != null) {
                forget(part.ledgerId(), ledger);
              }
            });
  }

  /** Null when it is not open. */
  private Opened known(long ledgerId) {
    synchronized (opened) {
      return opened.get(ledgerId);
    }
  }

  private Opened open(long ledgerId) {
    Opened made = new Opened(ledgers.open(ledgerId).toCompletableFuture(), new EntryIndex());
    Opened other;
    Opened eldest = null;
    synchronized (opened) {
      other = opened.putIfAbsent(ledgerId, made);
      if (opened.size() > OPEN_MAX) {
        eldest = opened.remove(opened.keySet().iterator().next());
      }
    }
    if (eldest != null) {
      eldest.letGo();
    }
    if (other != null) {
      made.letGo();
      return other;
    }
    return made;
  }

  private void forget(long ledgerId, Opened broken) {
    synchronized (opened) {
      if (!opened.remove(ledgerId, broken)) {
        return;
      }
    }
    broken.letGo();
  }

  @Override
  public void close() {
    List<Opened> all;
    synchronized (opened) {
      all = List.copyOf(opened.values());
      opened.clear();
    }
    all.forEach(Opened::letGo);
  }
}

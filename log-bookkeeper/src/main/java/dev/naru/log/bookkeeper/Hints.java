package dev.naru.log.bookkeeper;

import dev.naru.log.bookkeeper.SegmentList.Doomed;
import dev.naru.log.bookkeeper.SegmentList.Hint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes that can be computed again, in ledgers of their own, so that the next owner need not. They
 * are written in the background, and known at once to who wrote them. Any thread.
 */
final class Hints {
  private static final Logger LOG = LoggerFactory.getLogger(Hints.class);
  private static final int ENTRY_BYTES = 1 << 20;

  /** What was overwritten stays in its ledger; so much of it at most. */
  private static final long MAX_LEDGER_BYTES = 64 << 20;

  private final Ledgers ledgers;
  private final Unacknowledged unacknowledged;
  private final ListKeeper list;
  private final String log;

  /** Saved, and not in the list yet. */
  private final Map<String, ByteBuffer> fresh = new HashMap<>();

  private final Map<Long, LedgerReader> readers = new HashMap<>();

  /** One after the other. */
  private CompletionStage<Void> last = CompletableFuture.completedFuture(null);

  private LedgerWriter writer;
  private long entries;
  private long bytes;

  Hints(LedgerStorage storage, ListKeeper list, String log) {
    this.ledgers = storage.ledgers();
    this.unacknowledged = storage.unacknowledged();
    this.list = list;
    this.log = log;
  }

  synchronized void save(String name, ByteBuffer note) {
    ByteBuffer copy = ByteBuffer.allocate(note.remaining()).put(note.duplicate()).flip();
    fresh.put(name, copy.asReadOnlyBuffer());
    // Like entries: while bookies do not take any, a log rolls no further than its memory allows.
    unacknowledged.add(copy.capacity());
    last =
        last.thenCompose(nothing -> write(name, copy))
            .exceptionally(this::failed)
            .thenRun(() -> unacknowledged.remove(copy.capacity()));
  }

  private Void failed(Throwable problem) {
    Throwable cause = Stages.cause(problem);
    LOG.warn("{}: a note could not be kept; the next owner will read more: {}", log, cause + "");
    LOG.debug("{}", log, cause);
    synchronized (this) {
      writer = null;
    }
    return null;
  }

  private CompletionStage<Void> write(String name, ByteBuffer note) {
    return ledger()
        .thenCompose(
            ledger -> {
              Hint hint;
              CompletionStage<Void> written = CompletableFuture.completedFuture(null);
              synchronized (this) {
                int count = Math.max(1, (note.remaining() + ENTRY_BYTES - 1) / ENTRY_BYTES);
                hint = new Hint(ledger.id(), entries, count);
                entries += count;
                bytes += note.remaining();
              }
              for (int i = 0; i < hint.entries(); i++) {
                int from = i * ENTRY_BYTES;
                int length = Math.min(ENTRY_BYTES, note.remaining() - from);
                written = ledger.append(Unpooled.wrappedBuffer(note.slice(from, length)));
              }
              return written
                  .thenCompose(nothing -> list.change(before -> with(before, name, hint)))
                  .thenRun(() -> kept(name, note));
            });
  }

  private synchronized void kept(String name, ByteBuffer note) {
    ByteBuffer newest = fresh.get(name);
    if (newest != null && newest.equals(note)) {
      fresh.remove(name);
    }
  }

  private CompletionStage<LedgerWriter> ledger() {
    LedgerWriter full;
    synchronized (this) {
      if (writer != null && bytes < MAX_LEDGER_BYTES) {
        return CompletableFuture.completedFuture(writer);
      }
      full = writer;
    }
    if (full != null) {
      full.close().exceptionally(this::failed);
    }
    return ledgers
        .create(log)
        .thenApply(
            made -> {
              synchronized (this) {
                writer = made;
                readers.put(made.id(), made);
                entries = 0;
                bytes = 0;
              }
              return made;
            });
  }

  private SegmentList with(SegmentList before, String name, Hint hint) {
    Map<String, Hint> hints = new TreeMap<>(before.hints());
    Hint old = hint == null ? hints.remove(name) : hints.put(name, hint);
    return withoutUnused(before.withHints(hints), old);
  }

  /** A ledger that nothing refers to any more goes, unless it is still written. */
  private synchronized SegmentList withoutUnused(SegmentList list, Hint old) {
    if (old == null
        || (writer != null && writer.id() == old.ledgerId())
        || list.hints().values().stream().anyMatch(h -> h.ledgerId() == old.ledgerId())) {
      return list;
    }
    List<Doomed> doomed = new ArrayList<>(list.doomed());
    doomed.add(new Doomed(old.ledgerId(), 0));
    readers.remove(old.ledgerId());
    return list.withDoomed(doomed);
  }

  /** Null when there is none, or it cannot be read. */
  ByteBuffer load(String name) {
    synchronized (this) {
      ByteBuffer note = fresh.get(name);
      if (note != null) {
        return note.duplicate();
      }
    }
    Hint hint = list.current().hints().get(name);
    if (hint == null) {
      return null;
    }
    try {
      return read(hint);
    } catch (IOException e) {
      LOG.warn("{}: the note {} cannot be read; it is computed again", log, name, e);
      return null;
    }
  }

  private ByteBuffer read(Hint hint) throws IOException {
    LedgerReader reader = reader(hint.ledgerId());
    List<ByteBuf> parts = new ArrayList<>();
    try {
      while (parts.size() < hint.entries()) {
        parts.addAll(
            Stages.await(
                reader.read(hint.firstEntry() + parts.size(), ENTRY_BYTES), "Reading a note"));
      }
      ByteBuf note = Unpooled.buffer();
      parts.stream().limit(hint.entries()).forEach(note::writeBytes);
      return note.nioBuffer();
    } finally {
      parts.forEach(ByteBuf::release);
    }
  }

  private LedgerReader reader(long ledgerId) throws IOException {
    synchronized (this) {
      LedgerReader known = readers.get(ledgerId);
      if (known != null) {
        return known;
      }
    }
    LedgerReader opened = Stages.await(ledgers.recover(ledgerId), "Opening ledger " + ledgerId);
    synchronized (this) {
      readers.put(ledgerId, opened);
    }
    return opened;
  }

  synchronized void delete(String name) {
    fresh.remove(name);
    last =
        last.thenCompose(
                nothing ->
                    list.current().hints().containsKey(name)
                        ? list.change(before -> with(before, name, null))
                        : CompletableFuture.<Void>completedFuture(null))
            .exceptionally(this::failed);
  }

  /** Completes when what was saved before the call is written; never fails. */
  synchronized CompletionStage<Void> settled() {
    return last;
  }

  /** Closes the ledger that was written. */
  CompletionStage<Void> close() {
    return settled()
        .thenCompose(
            nothing -> {
              LedgerWriter open;
              synchronized (this) {
                open = writer;
                writer = null;
              }
              return open == null ? CompletableFuture.<Void>completedFuture(null) : open.close();
            })
        .exceptionally(this::failed);
  }
}

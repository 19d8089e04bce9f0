package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Ledgers of a node, of which one's entries, or those of all, go through a door. */
final class SlowEntries implements Ledgers {
  private static final long ALL = -1;

  private final Ledgers ledgers;
  private final Door door;
  private final long ledgerId;

  SlowEntries(Ledgers ledgers, Door door) {
    this(ledgers, door, ALL);
  }

  SlowEntries(Ledgers ledgers, Door door, long ledgerId) {
    this.ledgers = ledgers;
    this.door = door;
    this.ledgerId = ledgerId;
  }

  @Override
  public CompletionStage<LedgerWriter> create(String log) {
    return ledgers
        .create(log)
        .thenApply(made -> ledgerId == ALL || made.id() == ledgerId ? new Slow(made) : made);
  }

  @Override
  public CompletionStage<LedgerReader> recover(long ledgerId) {
    return ledgers.recover(ledgerId);
  }

  @Override
  public CompletionStage<Void> delete(long ledgerId) {
    return ledgers.delete(ledgerId);
  }

  private final class Slow implements LedgerWriter {
    private final LedgerWriter writer;

    Slow(LedgerWriter writer) {
      this.writer = writer;
    }

    @Override
    public long id() {
      return writer.id();
    }

    @Override
    public long lastEntry() {
      return writer.lastEntry();
    }

    @Override
    public long bytes() {
      return writer.bytes();
    }

    @Override
    public CompletionStage<List<ByteBuf>> read(long first, int maxBytes) {
      return writer.read(first, maxBytes);
    }

    @Override
    public CompletionStage<Void> append(ByteBuf entry) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      door.execute(
          () ->
              writer
                  .append(entry)
                  .whenComplete(
                      (nothing, problem) -> {
                        if (problem == null) {
                          done.complete(null);
                        } else {
                          done.completeExceptionally(problem);
                        }
                      }));
      return done;
    }

    @Override
    public CompletionStage<Void> close() {
      return writer.close();
    }
  }
}

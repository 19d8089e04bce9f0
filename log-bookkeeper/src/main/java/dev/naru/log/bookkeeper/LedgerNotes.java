package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/** The notes of a log: those that must last in its list, those that need not in {@link Hints}. */
final class LedgerNotes {
  private static final int MAX_DURABLE_BYTES = 64 << 10;

  private final ListKeeper list;
  private final Hints hints;
  private final String log;

  LedgerNotes(ListKeeper list, Hints hints, String log) {
    this.list = list;
    this.hints = hints;
    this.log = log;
  }

  /** Blocks when it is a durable one, and otherwise waits for nobody. */
  void save(String name, ByteBuffer bytes, boolean durable) throws IOException {
    if (!durable) {
      hints.save(name, bytes);
      return;
    }
    if (bytes.remaining() > MAX_DURABLE_BYTES) {
      throw new IllegalArgumentException(
          "A durable note of " + bytes.remaining() + " bytes; at most " + MAX_DURABLE_BYTES);
    }
    byte[] note = new byte[bytes.remaining()];
    bytes.duplicate().get(note);
    Stages.await(list.change(before -> before.withNote(name, note)), "Keeping a note of " + log);
  }

  /** Null when there is none. */
  ByteBuffer load(String name) {
    byte[] note = list.current().notes().get(name);
    return note == null ? hints.load(name) : ByteBuffer.wrap(note.clone());
  }

  /** Blocks when it is a durable one. */
  void delete(String name) throws IOException {
    if (list.current().notes().containsKey(name)) {
      Stages.await(list.change(before -> before.withNote(name, null)), "Deleting a note of " + log);
    }
    hints.delete(name);
  }

  /** Completes when what was saved is where it belongs; never fails. */
  CompletionStage<Void> close() {
    return hints.close();
  }
}

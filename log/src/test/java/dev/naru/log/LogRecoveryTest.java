package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much a start reads after a stop that was not clean. */
class LogRecoveryTest {
  private static final int MIB = 1 << 20;
  private static final int BATCHES_PER_MIB = 128;
  private static final String VALUE = "x".repeat(MIB / BATCHES_PER_MIB);
  private static final LogConfig CONFIG = LogFixture.config(512 * MIB);

  @TempDir Path directory;
  private final WatchedDisk disk = new WatchedDisk();

  private LogStore open() {
    return LogStore.openWithoutThreads(disk, directory, () -> 1_000);
  }

  private static PartitionLog log(LogStore store) {
    return store.openOrCreate(LogFixture.ID, CONFIG);
  }

  /** What a killed process leaves; the notes that it kept while it ran are there. */
  private void stopUncleanly(LogStore store) throws Exception {
    store.close();
    Files.delete(directory.resolve("clean-stop"));
  }

  private Path tail() {
    return directory
        .resolve("logs")
        .resolve(LogDirectory.name(LogFixture.ID))
        .resolve(TailNote.NAME);
  }

  /** Writes so many MiB in small batches. */
  private void write(int from, int to) throws Exception {
    LogStore store = open();
    PartitionLog log = log(store);
    for (int i = from; i < to; i++) {
      for (int j = 0; j < BATCHES_PER_MIB; j++) {
        int sequence = i * BATCHES_PER_MIB + j;
        log.append(LogFixture.idempotent(5, sequence, VALUE), AppendSpec.client(1, 1_000));
      }
      store.commitQueued();
      store.maintain(1_000, true);
    }
    stopUncleanly(store);
  }

  private long bytesReadByRecovery(int writtenMib) throws Exception {
    long expectedEnd = (long) writtenMib * BATCHES_PER_MIB;
    disk.bytesRead.set(0);
    LogStore store = open();
    PartitionLog log = log(store);
    long read = disk.bytesRead.get();
    assertTrue(log.failure().isEmpty(), () -> log.failure().toString());
    assertEquals(expectedEnd, log.logEndOffset());
    assertEquals(1, log.latestEpoch());
    assertEquals(1, log.producers().size());
    assertEquals(expectedEnd - 1, log.producers().get(0).lastSequence());
    stopUncleanly(store);
    return read;
  }

  @Test
  void readsNotMuchMoreThanWhatCameAfterTheLastNoteOfTheTail() throws Exception {
    write(0, 60);
    long read = bytesReadByRecovery(60);
    assertTrue(read < 20L * MIB, "bytes read: " + read);
    write(60, 70);
    read = bytesReadByRecovery(70);
    assertTrue(read < 20L * MIB, "bytes read: " + read);
    Files.delete(tail());
    read = bytesReadByRecovery(70);
    assertTrue(read > 70L * MIB, "without the note, all of it: " + read);
  }

  @Test
  void ofLargeBatchesThatWereForcedOnlyTheHeadersAreRead() throws Exception {
    LogStore store = open();
    PartitionLog log = log(store);
    for (int i = 0; i < BATCHES_PER_MIB; i++) {
      log.append(LogFixture.idempotent(5, i, "x".repeat(MIB / 8)), AppendSpec.client(1, 1_000));
    }
    stopUncleanly(store);
    long read = bytesReadByRecovery(1);
    assertTrue(read < 2L * MIB, "bytes read: " + read);
  }

  @Test
  void readsNextToNothingOfALogThatWasAtRest() throws Exception {
    write(0, 30);
    LogStore store = open();
    log(store);
    for (int i = 0; i < 3; i++) {
      store.maintain(1_000, true);
    }
    stopUncleanly(store);
    long read = bytesReadByRecovery(30);
    assertTrue(read < 2L * MIB, "bytes read: " + read);
  }

  @Test
  void aNoteThatDoesNotFitIsNotBelieved() throws Exception {
    write(0, 20);
    byte[] note = Files.readAllBytes(tail());
    note[note.length / 2] ^= 1;
    Files.write(tail(), note);
    assertTrue(bytesReadByRecovery(20) > 20L * MIB);
    Files.deleteIfExists(directory.resolve("recovery-points"));
    assertTrue(bytesReadByRecovery(20) > 20L * MIB, "nothing says that it was forced");
  }
}

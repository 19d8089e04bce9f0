package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several logs that become durable by one force, and what is found of them after a power loss. */
class JournalTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final LogId ONE = new LogId(new Uuid(1, 1), 0);
  private static final LogId OTHER = new LogId(new Uuid(1, 1), 1);

  private Journal.Size size = new Journal.Size(64 << 10, 1);
  private FaultyDisk disk = new FaultyDisk(5);
  private final List<Path> forced = new ArrayList<>();
  private LogStore store;
  private PartitionLog one;
  private PartitionLog other;

  @BeforeEach
  void begin() {
    disk.format(DIRECTORY);
    open();
    // Their names are durable, and the journal is made, before a test looks.
    both("begin");
    both("and again");
  }

  private void open() {
    store = LogStore.openWithoutThreads(disk, DIRECTORY, () -> 1_000, size);
    one = store.openOrCreate(ONE, LogFixture.config(1 << 20));
    other = store.openOrCreate(OTHER, LogFixture.config(1 << 20));
    disk.atEachOperation(
        moment -> {
          if (moment.operation() == FaultyDisk.Operation.FORCE) {
            forced.add(moment.path().getFileName());
          }
        });
  }

  private static void append(PartitionLog log, String value) {
    log.append(LogFixture.batch(1, value), AppendSpec.client(1, 1_000));
  }

  private void both(String value) {
    append(one, value);
    append(other, value);
    store.commitQueued();
    assertEquals(one.logEndOffset(), one.highWatermark());
    assertEquals(other.logEndOffset(), other.highWatermark());
  }

  private void losePower() {
    disk = disk.restart();
    open();
  }

  private static List<String> values(PartitionLog log) {
    assertTrue(log.failure().isEmpty(), String.valueOf(log.failure()));
    return LogFixture.readAll(log, ReadLimit.HIGH_WATERMARK);
  }

  private boolean hasJournal() {
    return JournalFile.NAMES.stream().anyMatch(name -> disk.exists(DIRECTORY.resolve(name)));
  }

  @Test
  void logsThatWaitTogetherShareOneForceAndOutliveAPowerLoss() {
    forced.clear();
    both("shared");
    assertEquals(List.of(Path.of(JournalFile.NAMES.get(0))), forced);
    losePower();
    assertEquals(List.of("0=begin", "1=and again", "2=shared"), values(one));
    assertEquals(List.of("0=begin", "1=and again", "2=shared"), values(other));
    assertFalse(hasJournal());
  }

  @Test
  void aLogByItselfIsForcedByItself() {
    forced.clear();
    append(one, "alone");
    store.commitQueued();
    assertEquals(List.of(Path.of("00000000000000000000.log")), forced);
  }

  /** Names of files that are forced when so many logs wait with so much. */
  private List<Path> forcesOf(int logs, int bytesEach) {
    for (int i = 0; i < logs; i++) {
      LogId id = new LogId(new Uuid(1, 2), i);
      append(store.openOrCreate(id, LogFixture.config(1 << 20)), "x".repeat(bytesEach));
    }
    forced.clear();
    store.commitQueued();
    return List.copyOf(forced);
  }

  @Test
  void whatIsLargeOfOneLogOrInSumGoesToItsOwnFiles() {
    size = new Journal.Size(8 << 20, 1);
    losePower();
    both("makes it");
    int half = Journal.PART_BYTES_MAX / 2;
    forcesOf(10, 1);
    Path journal = Path.of(JournalFile.NAMES.get(0));
    assertEquals(List.of(journal), forcesOf(7, half));
    assertFalse(forcesOf(2, Journal.PART_BYTES_MAX).contains(journal));
    // Until those that are left may share.
    Path own = Path.of("00000000000000000000.log");
    assertEquals(List.of(own, own, journal), forcesOf(9, half));
  }

  @Test
  void aFullFileIsLeftForTheOtherOneAndItsLogsAreForced() {
    forced.clear();
    for (int i = 0; i < 400; i++) {
      both("number " + i + "x".repeat(300));
    }
    assertTrue(forced.contains(Path.of(JournalFile.NAMES.get(1))));
    assertTrue(forced.contains(Path.of("00000000000000000000.log")));
    losePower();
    assertEquals(402, values(one).size());
    assertEquals(values(one), values(other));
  }

  @Test
  void aPowerLossWhileALogIsCutTakesNothingThatWasAcknowledged() {
    both("acknowledged");
    append(one, "cut");
    List<FaultyDisk> found = new ArrayList<>();
    disk.atEachOperation(
        moment -> {
          for (long choice = 0; choice < 8; choice++) {
            found.add(moment.afterPowerLoss(choice));
          }
        });
    one.truncateTo(3);
    disk.atEachOperation(null);
    append(one, "new");
    store.commitQueued();
    losePower();
    List<String> kept = List.of("0=begin", "1=and again", "2=acknowledged");
    assertEquals(kept, values(one).subList(0, 3));
    assertEquals("3=new", values(one).get(3));
    assertTrue(found.size() >= 8 * 3, found.size() + " places");
    for (FaultyDisk each : found) {
      disk = each;
      open();
      assertEquals(kept, values(one).subList(0, 3));
    }
  }

  @Test
  void aLogThatWasDeletedLeavesNothingToItsSuccessor() {
    both("of the first life");
    store.delete(ONE);
    one = store.openOrCreate(ONE, LogFixture.config(1 << 20));
    append(one, "second life");
    store.commitQueued();
    losePower();
    assertEquals(List.of("0=second life"), values(one));
    assertEquals(3, values(other).size());
  }

  @Test
  void withoutAJournalThatCanBeWrittenEachLogIsForcedByItself() {
    disk.intercept(
        (operation, path) -> {
          if (JournalFile.NAMES.contains(path.getFileName().toString())
              && operation == FaultyDisk.Operation.FORCE) {
            throw new IOException("the disk said no");
          }
        });
    both("all the same");
    forced.clear();
    both("and from now on");
    assertEquals(2, forced.size());
    losePower();
    assertEquals(4, values(one).size());
    assertEquals(4, values(other).size());
  }

  @Test
  void logsAtRestAreForcedAndTheJournalSaysNothingMore() throws IOException {
    both("before the rest");
    store.maintain(1_000, true);
    forced.clear();
    store.maintain(1_000, true);
    assertTrue(forced.contains(Path.of("00000000000000000000.log")), forced.toString());
    forced.clear();
    store.maintain(1_000, true);
    assertEquals(List.of(), forced);
    // Damaged on purpose: a replay would mend it.
    Path segment =
        LogDirectory.logs(DIRECTORY)
            .resolve(LogDirectory.name(ONE))
            .resolve("00000000000000000000.log");
    disk.flipBit(segment, 100, 0);
    byte[] damaged = disk.contents(segment);
    losePower();
    assertArrayEquals(damaged, disk.contents(segment));
  }

  @Test
  void aCleanStopLeavesNoJournal() {
    both("before the stop");
    assertTrue(hasJournal());
    store.close();
    assertFalse(hasJournal());
    open();
    assertEquals(3, values(one).size());
  }

  @Test
  void recordsThatLookLikeAFrameAreNone() {
    ByteBuffer forged = ByteBuffer.allocate(1024);
    JournalFrame.begin(forged);
    JournalFrame.putHead(forged, LogDirectory.name(ONE), 0, 0, 4);
    forged.putInt(0);
    JournalFrame.end(forged, 1, 1L << 40, 0);
    assertEquals(1L << 40, JournalFrame.read(forged, 1).generation());
    byte[] bytes = new byte[forged.remaining()];
    forged.get(bytes);
    both(new String(bytes, StandardCharsets.ISO_8859_1).repeat(4));
    losePower();
    assertEquals(3, values(one).size());
  }

  /** A frame in the middle that cannot be read is told of; the others are used. */
  @Test
  void oneDamagedFrameDoesNotTakeTheOthersWithIt() throws IOException {
    both("first");
    both("second");
    // The first frame has a sector of its own, behind the head.
    disk.flipBit(DIRECTORY.resolve(JournalFile.NAMES.get(0)), JournalFile.FIRST + 40, 3);
    List<JournalFrame> frames = JournalFile.read(disk, DIRECTORY.resolve(JournalFile.NAMES.get(0)));
    assertEquals(List.of(1, 2), frames.stream().map(JournalFrame::index).toList());
  }
}

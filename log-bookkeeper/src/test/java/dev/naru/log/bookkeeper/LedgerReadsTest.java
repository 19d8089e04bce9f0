package dev.naru.log.bookkeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.HomeSegment;
import dev.naru.log.LocatedRecords;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogSlice;
import dev.naru.log.LogStoreConfig;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import dev.naru.log.ReadResult;
import dev.naru.log.VerificationGuard;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One node has the log; another one reads where it says that the records are. */
class LedgerReadsTest {
  private static final LogId ID = new LogId(new Uuid(1, 2), 3);
  private static final int MAX_BYTES = 8 << 20;
  private static final long PRODUCER = 5;

  private final ExecutorService cluster = Executors.newSingleThreadExecutor();
  private final ExecutorService readers = Executors.newSingleThreadExecutor();
  private final PauseThread pauses = new PauseThread();
  private final MemoryLedgers ledgers = new MemoryLedgers(cluster);
  private final MemoryLists lists = new MemoryLists(cluster);
  private final List<LedgerLogs> nodes = new ArrayList<>();
  private final LedgerReads reads = new LedgerReads(ledgers, readers, MAX_BYTES);
  private final Random random = new Random(11);

  @AfterEach
  void stop() {
    nodes.forEach(LedgerLogs::close);
    reads.close();
    cluster.shutdown();
    readers.shutdown();
    pauses.close();
  }

  private LedgerLogs node() {
    LedgerLogs node =
        new LedgerLogs(
            new LedgerStorage(
                ledgers,
                lists,
                new BlockCache(4 << 20),
                new Unacknowledged(64 << 20),
                readers,
                pauses,
                () -> 1_000),
            LedgerLogs.Whose.OWN,
            LogStoreConfig.DEFAULTS);
    nodes.add(node);
    return node;
  }

  private void append(PartitionLog log, int valueBytes) {
    byte[] value = new byte[valueBytes];
    random.nextBytes(value);
    log.append(
        MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1_000, value)).buffer(),
        AppendSpec.client(0, 1_000));
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static ByteBuffer bytes(LogSlice slice) {
    try (slice) {
      ByteBuffer copy = ByteBuffer.allocate(slice.sizeInBytes());
      return copy.put(slice.buffer()).flip();
    }
  }

  private ByteBuffer readAt(LocatedRecords located) throws Exception {
    return bytes(get(reads.read(located.place())).orElseThrow());
  }

  /** From every so many records on, everything is the same here and at the owner. */
  private void assertReadTheSame(PartitionLog log, int maxBytes, int step) throws Exception {
    for (long from = log.logStartOffset(); from < log.highWatermark(); from += step) {
      LocatedRecords located = get(log.locate(from, maxBytes, true, ReadLimit.HIGH_WATERMARK));
      assertSame(
          bytes(get(log.read(from, maxBytes, true, ReadLimit.HIGH_WATERMARK)).records()), located);
    }
  }

  /** A place may end at an earlier batch than a read would, where the log knows that one begins. */
  private void assertSame(ByteBuffer expected, LocatedRecords located) throws Exception {
    ByteBuffer read = readAt(located);
    assertEquals(located.sizeInBytes(), read.remaining());
    assertEquals(expected.getLong(0), located.baseOffset());
    assertTrue(read.remaining() <= expected.remaining());
    assertTrue(read.remaining() > expected.remaining() - 10_000, "not much less than a read");
    assertEquals(expected.slice(0, read.remaining()), read);
    int bytes = 0;
    for (RecordBatch batch : MemoryRecords.readableRecords(read).batches()) {
      bytes += batch.sizeInBytes();
    }
    assertEquals(read.remaining(), bytes, "whole batches");
  }

  /** Who goes on where a place ended costs the owner nothing. */
  @Test
  void theOwnerReadsNothingForWhoReadsOn() throws Exception {
    LedgerLogs first = node();
    written(first, 1_500);
    first.release(ID);
    PartitionLog log = node().openOrCreate(ID, LogConfig.DEFAULTS);
    long from = 0;
    LocatedRecords located = get(log.locate(from, 100_000, true, ReadLimit.HIGH_WATERMARK));
    int pieces = 0;
    int read = ledgers.reads();
    while (located.sizeInBytes() > 0) {
      for (RecordBatch batch : MemoryRecords.readableRecords(readAt(located)).batches()) {
        assertEquals(from, batch.baseOffset());
        from = batch.lastOffset() + 1;
      }
      pieces++;
      located = get(log.locate(from, 100_000, true, ReadLimit.HIGH_WATERMARK));
    }
    assertEquals(1_500, from);
    assertTrue(pieces > 20, "pieces: " + pieces);
    assertTrue(ledgers.reads() - read <= 2, "by the owner: " + (ledgers.reads() - read));
  }

  private PartitionLog written(LedgerLogs owner, int records) throws Exception {
    PartitionLog log = owner.openOrCreate(ID, LogConfig.DEFAULTS);
    for (int i = 0; i < records; i++) {
      append(log, random.nextInt(4_000));
      if (i % 7 == 0) {
        TestLog.awaitDurable(log);
      }
    }
    TestLog.awaitDurable(log);
    return log;
  }

  @Test
  void entriesOfALedgerThatIsWrittenAreReadAndTheWriterGoesOn() throws Exception {
    PartitionLog log = written(node(), 400);
    assertReadTheSame(log, 100, 1);
    assertReadTheSame(log, 50_000, 13);
    assertReadTheSame(log, 4 << 20, 57);
    assertFalse(ledgers.isClosed(1), "who reads must not fence");
    append(log, 10);
    TestLog.awaitDurable(log);
    assertEquals(401, log.highWatermark());
    assertReadTheSame(log, 100, 1);
  }

  @Test
  void aBatchThatIsSplitOverEntriesIsReadWhole() throws Exception {
    PartitionLog log = node().openOrCreate(ID, LogConfig.DEFAULTS);
    append(log, 100);
    append(log, 3_000_000);
    append(log, 100);
    TestLog.awaitDurable(log);
    assertReadTheSame(log, 1, 1);
    assertReadTheSame(log, 4 << 20, 1);
  }

  /** A new owner knows nothing of where entries stand, and a segment has a ledger of each owner. */
  @Test
  void aSegmentOfSeveralOwnersIsReadByWhoKnowsNothingOfItsEntries() throws Exception {
    for (int owner = 0; owner < 3; owner++) {
      LedgerLogs node = node();
      written(node, 500);
      node.release(ID);
    }
    LedgerLogs last = node();
    PartitionLog log = last.openOrCreate(ID, LogConfig.DEFAULTS);
    assertEquals(1_500, log.highWatermark());
    long from = 650;
    LocatedRecords located = get(log.locate(from, 2 << 20, true, ReadLimit.HIGH_WATERMARK));
    assertTrue(located.sizeInBytes() > 1 << 20, "reaches from one ledger into the next");
    assertSame(
        bytes(get(log.read(from, 2 << 20, true, ReadLimit.HIGH_WATERMARK)).records()), located);
    assertReadTheSame(log, 200_000, 61);
  }

  @Test
  void segmentsAreReadOneAfterTheOther() throws Exception {
    PartitionLog log = node().openOrCreate(ID, TestLog.withSegmentBytes(20_000));
    for (int i = 0; i < 60; i++) {
      append(log, 1_000);
      TestLog.awaitDurable(log);
    }
    assertTrue(ledgers.ids().size() > 2, "a ledger for each segment");
    assertReadTheSame(log, 1 << 20, 1);
  }

  @Test
  void whatWasCutIsNotRead() throws Exception {
    LedgerHome home =
        LedgerHome.open(
            new LedgerStorage(
                ledgers,
                lists,
                new BlockCache(1 << 20),
                new Unacknowledged(1 << 20),
                readers,
                pauses,
                () -> 0),
            "a-log");
    HomeSegment segment = home.create(0, 0);
    segment.append(ByteBuffer.wrap("kept".getBytes(UTF_8)));
    segment.append(ByteBuffer.wrap("-and cut".getBytes(UTF_8)));
    get(home.force());
    segment.truncate(8);
    segment.append(ByteBuffer.wrap(" new".getBytes(UTF_8)));
    get(home.force());
    assertEquals("kept-and new", text(segment, 0, 12));
    assertEquals("and ne", text(segment, 5, 6));
    assertEquals("w", text(segment, 11, 1));
    home.close();
  }

  private String text(HomeSegment segment, int position, int length) throws Exception {
    LogSlice slice = get(reads.read(segment.locate(position, length))).orElseThrow();
    return UTF_8.decode(bytes(slice)).toString();
  }

  @Test
  void aPlaceOutlivesATakeoverAndTheLedgersThatGoTakeItWithThem() throws Exception {
    LedgerLogs first = node();
    PartitionLog log = written(first, 50);
    LocatedRecords located = get(log.locate(0, 1 << 20, true, ReadLimit.HIGH_WATERMARK));
    ByteBuffer expected = readAt(located);
    LedgerLogs second = node();
    PartitionLog moved = second.openOrCreate(ID, LogConfig.DEFAULTS);
    assertTrue(ledgers.isClosed(1), "the new owner fenced the old one");
    append(moved, 10);
    TestLog.awaitDurable(moved);
    assertEquals(expected, readAt(located));
    assertReadTheSame(moved, 1 << 20, 1);

    second.delete(ID);
    ExecutionException gone =
        assertThrows(ExecutionException.class, () -> get(reads.read(located.place())));
    assertTrue(gone.getCause().getMessage().contains("does not exist"), gone.getMessage());
    assertEquals(0, reads.bytes());
  }

  @Test
  void abortedTransactionsAreNamedAsInARead() throws Exception {
    PartitionLog log = node().openOrCreate(ID, LogConfig.DEFAULTS);
    transaction(log, 0, "a", ControlRecordType.ABORT);
    transaction(log, 1, "b", ControlRecordType.COMMIT);
    transaction(log, 2, "c", ControlRecordType.ABORT);
    transaction(log, 3, "open", null);
    TestLog.awaitDurable(log);
    for (long from = 0; from < log.lastStableOffset(); from++) {
      LocatedRecords located = get(log.locate(from, 1 << 20, true, ReadLimit.LAST_STABLE_OFFSET));
      ReadResult read = get(log.read(from, 1 << 20, true, ReadLimit.LAST_STABLE_OFFSET));
      assertEquals(read.abortedTransactions(), located.abortedTransactions());
      assertEquals(bytes(read.records()), readAt(located));
    }
    LocatedRecords all = get(log.locate(0, 1 << 20, true, ReadLimit.LAST_STABLE_OFFSET));
    assertEquals(2, all.abortedTransactions().size());
    long stable = log.lastStableOffset();
    assertEquals(
        0, get(log.locate(stable, 1 << 20, true, ReadLimit.LAST_STABLE_OFFSET)).sizeInBytes());
  }

  private void transaction(PartitionLog log, int sequence, String value, ControlRecordType end) {
    MemoryRecords batch =
        MemoryRecords.withTransactionalRecords(
            Compression.NONE,
            PRODUCER,
            (short) 0,
            sequence,
            new SimpleRecord(1_000, value.getBytes(UTF_8)));
    VerificationGuard guard = log.startVerification(PRODUCER, (short) 0, sequence, false);
    log.append(batch.buffer(), new AppendSpec(AppendOrigin.CLIENT, 0, 1_000, guard));
    if (end != null) {
      MemoryRecords marker =
          MemoryRecords.withEndTransactionMarker(
              1_000, PRODUCER, (short) 0, new EndTransactionMarker(end, 0));
      log.append(marker.buffer(), AppendSpec.coordinator(0, 1_000));
    }
  }

  @Test
  void thereIsRoomAgainWhenAReadWasClosed() throws Exception {
    PartitionLog log = written(node(), 100);
    LocatedRecords located = get(log.locate(0, 1 << 20, true, ReadLimit.HIGH_WATERMARK));
    LedgerReads narrow = new LedgerReads(ledgers, readers, located.sizeInBytes() + 10);
    LogSlice first = get(narrow.read(located.place())).orElseThrow();
    assertEquals(Optional.empty(), get(narrow.read(located.place())));
    first.close();
    first.close();
    assertEquals(0, narrow.bytes());
    LogSlice again = get(narrow.read(located.place())).orElseThrow();
    assertEquals(located.sizeInBytes(), again.sizeInBytes());
    again.close();
    narrow.close();
    cluster.submit(() -> {}).get(30, TimeUnit.SECONDS);
    assertEquals(0, ledgers.views(), "closed with it");
  }

  @Test
  void aPlaceThatCannotBeIsRefused() throws Exception {
    PartitionLog log = written(node(), 3);
    ByteBuffer good = get(log.locate(0, 1 << 20, true, ReadLimit.HIGH_WATERMARK)).place();
    ByteBuffer otherFormat = copy(good).put(0, (byte) 9);
    ByteBuffer short1 = copy(good).limit(good.limit() - 1);
    ByteBuffer endless = copy(good).putInt(1 + 8 + 4, Integer.MAX_VALUE);
    ByteBuffer elsewhere = copy(good).putLong(1, 77);
    for (ByteBuffer bad :
        List.of(ByteBuffer.allocate(0), otherFormat, short1, endless, elsewhere)) {
      assertThrows(ExecutionException.class, () -> get(reads.read(bad)));
    }
    assertEquals(0, reads.bytes());
  }

  private static ByteBuffer copy(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
  }
}

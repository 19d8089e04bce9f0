package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class CompactorTest {
  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final long MAP_BYTES = 1 << 20;

  private final ProducerStates states = new ProducerStates(DAY_MS);
  private final List<AbortedSpan> aborted = new ArrayList<>();
  private final List<HeapSegment> log = new ArrayList<>(List.of(new HeapSegment(0)));
  private LogConfig config = config(0, Long.MAX_VALUE);
  private long cleanedTo = -1;
  private long nowMs = 10 * DAY_MS;
  private long mapBytes = MAP_BYTES;

  private static LogConfig config(long minLagMs, long maxLagMs) {
    LogConfig d = LogConfig.DEFAULTS;
    return new LogConfig(
        10_000,
        d.segmentMs(),
        0,
        d.segmentIndexBytes(),
        d.indexIntervalBytes(),
        -1,
        -1,
        false,
        true,
        DAY_MS,
        minLagMs,
        maxLagMs,
        0.5,
        d.maxMessageBytes(),
        0,
        false,
        d.flushMessages(),
        d.flushMs(),
        d.durability());
  }

  private static final class HeapSegment implements CompactionSource {
    final long base;
    long end;
    long firstMs = -1;
    long maxMs = -1;
    ByteBuffer bytes = ByteBuffer.allocate(0);

    HeapSegment(long base) {
      this.base = base;
      this.end = base;
    }

    void append(ByteBuffer more) {
      for (MutableRecordBatch batch : MemoryRecords.readableRecords(more.duplicate()).batches()) {
        firstMs = firstMs < 0 ? batch.maxTimestamp() : firstMs;
        maxMs = Math.max(maxMs, batch.maxTimestamp());
        end = batch.nextOffset();
      }
      bytes =
          ByteBuffer.allocate(bytes.limit() + more.remaining())
              .put(bytes.duplicate().rewind())
              .put(more)
              .flip();
    }

    @Override
    public long baseOffset() {
      return base;
    }

    @Override
    public long endOffset() {
      return end;
    }

    @Override
    public int size() {
      return bytes.limit();
    }

    @Override
    public long firstTimestampMs() {
      return firstMs;
    }

    @Override
    public long maxTimestampMs() {
      return maxMs;
    }

    @Override
    public int read(ByteBuffer into, int position) {
      int count = Math.min(into.remaining(), bytes.limit() - position);
      into.put(bytes.duplicate().position(position).limit(position + count));
      return count;
    }
  }

  private final class Sink implements CompactionSink {
    final List<HeapSegment> fresh = new ArrayList<>();
    int commits;
    int abandoned;

    @Override
    public void begin(long baseOffset) {
      fresh.add(new HeapSegment(baseOffset));
    }

    @Override
    public void append(ByteBuffer batches) {
      fresh.get(fresh.size() - 1).append(batches);
    }

    @Override
    public void commit(List<CompactionSource> sources, List<AbortedSpan> kept) {
      long start = sources.get(0).baseOffset();
      long end = sources.get(sources.size() - 1).endOffset();
      aborted.removeIf(span -> span.lastOffset() >= start && span.lastOffset() < end);
      aborted.addAll(kept);
      fresh.get(fresh.size() - 1).end = end;
      int at = log.indexOf(sources.get(0));
      log.removeAll(sources);
      log.addAll(at, fresh);
      fresh.clear();
      commits++;
    }

    @Override
    public void abandon() {
      fresh.clear();
      abandoned++;
    }
  }

  private HeapSegment active() {
    return log.get(log.size() - 1);
  }

  private long end() {
    return active().end;
  }

  private void roll() {
    log.add(new HeapSegment(end()));
  }

  private void append(MemoryRecords records) {
    active().append(records.buffer().duplicate());
    records.batches().forEach(batch -> states.replay(batch, nowMs));
    aborted.addAll(states.drainAborted());
    states.onHighWatermark(end());
  }

  private static SimpleRecord record(String key, String value) {
    return new SimpleRecord(
        1_000, key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
  }

  private void put(String... keysAndValues) {
    SimpleRecord[] records = new SimpleRecord[keysAndValues.length / 2];
    for (int i = 0; i < records.length; i++) {
      records[i] = record(keysAndValues[2 * i], keysAndValues[2 * i + 1]);
    }
    append(Batches.plain(end(), records));
  }

  private CompactionPlan plan() {
    long stable = Math.min(end(), states.firstUnstableOffset());
    return CompactionPlan.of(log.subList(0, log.size() - 1), cleanedTo, stable, config, nowMs);
  }

  private Sink pass() throws IOException {
    Sink sink = new Sink();
    Compactor compactor = new Compactor(mapBytes, () -> false);
    cleanedTo =
        compactor.pass(
            new Compactor.Input(plan(), List.copyOf(aborted), states.lastBatches(), config, nowMs),
            sink);
    return sink;
  }

  /** Seals the active segment and compacts until nothing is dirty. */
  private void compact() throws IOException {
    roll();
    do {
      pass();
    } while (plan().dirtyRatio() > 0);
  }

  private List<MutableRecordBatch> batches() {
    List<MutableRecordBatch> all = new ArrayList<>();
    for (HeapSegment segment : log) {
      all.addAll(Batches.list(MemoryRecords.readableRecords(segment.bytes.duplicate())));
    }
    all.forEach(RecordBatch::ensureValid);
    return all;
  }

  /** Offsets and contents of the data records that are left. */
  private List<String> left() {
    List<String> all = new ArrayList<>();
    for (MutableRecordBatch batch : batches()) {
      for (Record record : batch) {
        if (!batch.isControlBatch()) {
          all.add(record.offset() + ":" + text(record.key()) + "=" + text(record.value()));
        }
      }
    }
    return all;
  }

  private long markers() {
    return batches().stream().filter(b -> b.isControlBatch() && b.iterator().hasNext()).count();
  }

  private static String text(ByteBuffer bytes) {
    return bytes == null ? null : UTF_8.decode(bytes.duplicate()).toString();
  }

  @Test
  void keepsTheLatestRecordOfEachKeyAtItsOffset() throws IOException {
    put("a", "1", "b", "1", "a", "2");
    roll();
    put("b", "2", "c", "1");
    compact();
    assertEquals(List.of("2:a=2", "3:b=2", "4:c=1"), left());
    assertEquals(2, log.size(), "small segments become one");
    put("a", "3");
    compact();
    assertEquals(List.of("3:b=2", "4:c=1", "5:a=3"), left());
    assertEquals(6, end());
  }

  @Test
  void doesNotTouchTheActiveSegment() throws IOException {
    put("a", "1");
    roll();
    put("a", "2");
    pass();
    assertEquals(List.of("0:a=1", "1:a=2"), left(), "what replaces it may be lost still");
    compact();
    assertEquals(List.of("1:a=2"), left());
  }

  @Test
  void reencodesEveryCodec() throws IOException {
    for (CompressionType type : CompressionType.values()) {
      log.clear();
      log.add(new HeapSegment(0));
      cleanedTo = -1;
      Compression codec = Compression.of(type).build();
      SimpleRecord[] records = {record("a", "1"), record("b", "1"), record("a", "2")};
      append(MemoryRecords.withRecords(0, codec, records));
      compact();
      assertEquals(List.of("1:b=1", "2:a=2"), left(), type.name);
      assertEquals(type, batches().get(0).compressionType());
      assertEquals(0, batches().get(0).baseOffset());
    }
  }

  @Test
  void aTombstoneStaysForItsRetentionAndThenGoes() throws IOException {
    put("a", "1", "b", "1");
    put("a", null);
    compact();
    assertEquals(List.of("1:b=1", "2:a=null"), left());
    put("x", "1");
    nowMs += DAY_MS - 1;
    compact();
    assertEquals(List.of("1:b=1", "2:a=null", "3:x=1"), left());
    put("x", "2");
    nowMs += 1;
    compact();
    assertEquals(List.of("1:b=1", "4:x=2"), left());
  }

  @Test
  void abortedRecordsGoAndDoNotHideCommittedOnes() throws IOException {
    put("a", "committed");
    append(Batches.transactional(end(), 1, 0, 0, record("a", "aborted"), record("z", "aborted")));
    roll();
    append(Batches.marker(end(), 1, 0, false, 0));
    append(Batches.transactional(end(), 1, 0, 2, record("b", "kept")));
    append(Batches.marker(end(), 1, 0, true, 0));
    compact();
    assertEquals(List.of("0:a=committed", "4:b=kept"), left());
    assertEquals(2, markers());
  }

  @Test
  void markersGoOnceNothingOfTheirTransactionIsLeftAndTheirRetentionIsOver() throws IOException {
    append(Batches.transactional(end(), 1, 0, 0, record("a", "1")));
    append(Batches.marker(end(), 1, 0, true, 0));
    append(Batches.transactional(end(), 2, 0, 0, record("b", "1")));
    append(Batches.marker(end(), 2, 0, false, 0));
    states.expire(nowMs + DAY_MS);
    compact();
    assertEquals(List.of("0:a=1"), left());
    assertEquals(2, markers());
    put("a", "2");
    compact();
    assertEquals(2, markers(), "the first pass that sees a transaction gone starts the clock");
    nowMs += DAY_MS;
    put("c", "1");
    compact();
    assertEquals(1, markers(), "the aborted one is over; the committed one's data went later");
    nowMs += DAY_MS;
    put("c", "2");
    compact();
    assertEquals(0, markers());
    assertEquals(List.of("4:a=2", "6:c=2"), left());
    assertEquals(List.of(), aborted);
  }

  @Test
  void anAbortedTransactionThatCompactionForgotDoesNotTaintTheNextOne() throws IOException {
    append(Batches.transactional(end(), 1, 0, 0, record("a", "aborted")));
    append(Batches.marker(end(), 1, 0, false, 0));
    states.expire(nowMs + DAY_MS);
    compact();
    nowMs += 2 * DAY_MS;
    put("x", "1");
    compact();
    append(Batches.transactional(end(), 1, 0, 1, record("b", "1")));
    append(Batches.marker(end(), 1, 0, true, 0));
    compact();
    assertTrue(left().contains("3:b=1"), left().toString());
  }

  @Test
  void stopsBeforeAnOpenTransaction() throws IOException {
    put("a", "1", "a", "2");
    roll();
    append(Batches.transactional(end(), 1, 0, 0, record("a", "open")));
    roll();
    put("b", "1", "b", "2");
    roll();
    pass();
    assertEquals(2, cleanedTo);
    assertEquals(List.of("1:a=2", "2:a=open", "3:b=1", "4:b=2"), left());
  }

  @Test
  void keepsWhatALiveProducerNeedsToGoOn() throws IOException {
    append(Batches.idempotent(end(), 7, 0, 0, record("a", "1")));
    append(Batches.idempotent(end(), 7, 0, 1, record("a", "2")));
    append(Batches.transactional(end(), 8, 3, 0, record("b", "1")));
    append(Batches.marker(end(), 8, 4, false, 2));
    put("a", "3");
    compact();
    nowMs += 2 * DAY_MS;
    put("a", "4");
    compact();
    ProducerStates replayed = new ProducerStates(DAY_MS);
    batches().forEach(batch -> replayed.replay(batch, nowMs));
    assertEquals(
        states.views().stream().map(v -> v.producerEpoch() + "/" + v.lastSequence()).toList(),
        replayed.views().stream().map(v -> v.producerEpoch() + "/" + v.lastSequence()).toList());
    assertEquals(List.of("5:a=4"), left());
    assertTrue(
        replayed
            .prepare(
                Batches.idempotent(0, 7, 0, 1, record("a", "2")).batches(),
                AppendOrigin.CLIENT,
                null,
                nowMs)
            .duplicate());
  }

  @Test
  void keepsTheEndOfTheLogWhenAllOfItGoes() throws IOException {
    put("a", null);
    compact();
    nowMs += 2 * DAY_MS;
    put("b", null);
    compact();
    nowMs += 2 * DAY_MS;
    put("b", null);
    compact();
    List<MutableRecordBatch> last = batches();
    assertEquals(end(), last.get(last.size() - 1).nextOffset());
  }

  @Test
  void everySegmentEndsWhereTheNextOneBegins() throws IOException {
    config = config(0, Long.MAX_VALUE);
    for (int i = 0; i < 6; i++) {
      String big = "x".repeat(6_000);
      put("a", big, "b", big);
      roll();
    }
    compact();
    assertTrue(log.size() > 3, "segments that are too large to become one");
    for (int i = 0; i + 1 < log.size(); i++) {
      long end = log.get(i).base;
      for (MutableRecordBatch batch :
          Batches.list(MemoryRecords.readableRecords(log.get(i).bytes.duplicate()))) {
        end = batch.nextOffset();
      }
      assertEquals(log.get(i + 1).base, end);
    }
    assertEquals(2, left().size());
  }

  @Test
  void aTableThatIsTooSmallTakesSeveralPassesToTheSameResult() throws IOException {
    mapBytes = 1;
    long keys = 5_000;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < keys; i += 100) {
        String[] pairs = new String[200];
        for (int k = 0; k < 100; k++) {
          pairs[2 * k] = "k" + (i + k);
          pairs[2 * k + 1] = "r" + round;
        }
        put(pairs);
        roll();
      }
    }
    pass();
    assertTrue(cleanedTo < 2 * keys, "one pass was enough: " + cleanedTo);
    compact();
    assertEquals(2 * keys, cleanedTo);
    List<String> left = left();
    assertEquals(keys, left.size());
    assertTrue(left.stream().allMatch(line -> line.endsWith("=r1")));
  }

  @Test
  void damageIsReportedAndNothingIsChanged() throws IOException {
    put("a", "1", "a", "2");
    roll();
    ByteBuffer bytes = log.get(0).bytes;
    bytes.put(70, (byte) (bytes.get(70) ^ 1));
    Sink sink = new Sink();
    Compactor compactor = new Compactor(MAP_BYTES, () -> false);
    Compactor.Input input = new Compactor.Input(plan(), List.of(), Map.of(), config, nowMs);
    assertThrows(CorruptRecordException.class, () -> compactor.pass(input, sink));
    bytes.put(70, (byte) (bytes.get(70) ^ 1));
    log.get(0).bytes = bytes.duplicate().limit(66).slice();
    assertThrows(CorruptRecordException.class, () -> compactor.pass(input, sink));
    log.get(0).bytes = bytes;
    assertEquals(0, sink.commits);
    Compactor stopped = new Compactor(MAP_BYTES, () -> true);
    assertThrows(CancellationException.class, () -> stopped.pass(input, sink));
    assertEquals(2, left().size());
  }

  @Test
  void damageInWhatWasCleanLeavesThatAsItIs() throws IOException {
    put("a", "1", "b", "1");
    compact();
    put("a", "2");
    roll();
    ByteBuffer bytes = log.get(0).bytes;
    bytes.put(70, (byte) (bytes.get(70) ^ 1));
    Sink sink = new Sink();
    Compactor.Input input = new Compactor.Input(plan(), List.of(), Map.of(), config, nowMs);
    Compactor compactor = new Compactor(MAP_BYTES, () -> false);
    assertThrows(CorruptRecordException.class, () -> compactor.pass(input, sink));
    assertEquals(1, sink.abandoned);
    assertEquals(0, sink.commits);
  }

  @Test
  void aPlanWaitsForDirtAndForTheMinimumLagButNotBeyondTheMaximum() throws IOException {
    put("a", "1");
    compact();
    assertFalse(plan().due(config));
    String big = "x".repeat(200);
    put("b", big, "c", big);
    compact();
    put("d", "1");
    roll();
    assertEquals(5, end() + 1);
    assertTrue(plan().dirtyRatio() > 0 && plan().dirtyRatio() < 0.5);
    assertFalse(plan().due(config));
    config = config(0, nowMs - 1_001);
    assertTrue(plan().due(config), "older than max.compaction.lag.ms");
    config = config(0, nowMs - 1_000);
    assertFalse(plan().due(config));
    put("e", big, "f", big, "g", big);
    roll();
    assertTrue(plan().due(config));
    config = config(nowMs - 999, Long.MAX_VALUE);
    assertFalse(plan().due(config), "younger than min.compaction.lag.ms");
    assertEquals(cleanedTo, plan().endOffset());
  }

  @Test
  void aReaderSeesTheSameTableBeforeAndAfter() throws IOException {
    for (long seed = 0; seed < 60; seed++) {
      log.clear();
      log.add(new HeapSegment(0));
      aborted.clear();
      cleanedTo = -1;
      randomRun(seed);
    }
  }

  private void randomRun(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    ProducerStates live = new ProducerStates(DAY_MS);
    int[] sequences = new int[4];
    mapBytes = random.nextBoolean() ? 1 : MAP_BYTES;
    for (int step = 0; step < 300; step++) {
      long producer = random.nextLong(1, 4);
      int choice = random.nextInt(20);
      String key = "k" + random.nextInt(12);
      String value = random.nextInt(5) == 0 ? null : "v" + step;
      if (choice < 12) {
        append(
            live,
            Batches.transactional(
                end(), producer, 0, sequences[(int) producer]++, record(key, value)));
      } else if (choice < 15) {
        boolean commit = random.nextBoolean();
        append(live, Batches.marker(end(), producer, 0, commit, 0));
      } else if (choice < 17) {
        append(live, Batches.plain(end(), record("p" + random.nextInt(4), "v" + step)));
      } else if (choice < 19) {
        roll();
      } else {
        nowMs += DAY_MS;
        compact(live);
      }
    }
    Map<String, String> expected = readCommitted(live);
    List<ProducerView> views = live.views();
    compact(live);
    assertEquals(expected, readCommitted(live), "seed " + seed);
    ProducerStates replayed = new ProducerStates(DAY_MS);
    batches().forEach(batch -> replayed.replay(batch, nowMs));
    assertEquals(
        views.stream().map(v -> v.producerId() + "/" + v.lastSequence()).toList(),
        replayed.views().stream().map(v -> v.producerId() + "/" + v.lastSequence()).toList(),
        "seed " + seed);
    replayed.onHighWatermark(end());
    assertEquals(live.firstUnstableOffset(), replayed.firstUnstableOffset(), "seed " + seed);
  }

  private void append(ProducerStates live, MemoryRecords records) {
    active().append(records.buffer().duplicate());
    records.batches().forEach(batch -> live.replay(batch, nowMs));
    aborted.addAll(live.drainAborted());
    live.onHighWatermark(end());
  }

  private void compact(ProducerStates live) throws IOException {
    roll();
    long stable = Math.min(end(), live.firstUnstableOffset());
    while (true) {
      CompactionPlan plan =
          CompactionPlan.of(log.subList(0, log.size() - 1), cleanedTo, stable, config, nowMs);
      if (plan.dirtyRatio() == 0) {
        return;
      }
      cleanedTo =
          new Compactor(mapBytes, () -> false)
              .pass(
                  new Compactor.Input(
                      plan, List.copyOf(aborted), live.lastBatches(), config, nowMs),
                  new Sink());
    }
  }

  /** What a consumer that builds a table ends with, up to the last stable offset. */
  private Map<String, String> readCommitted(ProducerStates live) {
    Map<String, String> table = new TreeMap<>();
    for (MutableRecordBatch batch : batches()) {
      if (batch.isControlBatch() || batch.baseOffset() >= live.firstUnstableOffset()) {
        continue;
      }
      for (Record record : batch) {
        boolean dropped =
            batch.isTransactional()
                && aborted.stream()
                    .anyMatch(
                        span ->
                            span.producerId() == batch.producerId()
                                && span.firstOffset() <= record.offset()
                                && span.lastOffset() > record.offset());
        if (!dropped && record.hasValue()) {
          table.put(text(record.key()), text(record.value()));
        } else if (!dropped) {
          table.remove(text(record.key()));
        }
      }
    }
    return table;
  }
}

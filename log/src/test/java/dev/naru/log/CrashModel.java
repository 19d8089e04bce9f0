package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;

/** What was done to one log, and what must therefore be found after a crash. */
final class CrashModel {
  /** A batch that was handed to the log; its buffer has the offsets that it was given. */
  static final class Sent {
    final ByteBuffer bytes;
    final CompletableFuture<Throwable> durable = new CompletableFuture<>();
    private final MutableRecordBatch batch;
    private List<Line> lines;

    Sent(ByteBuffer bytes) {
      this.bytes = bytes;
      this.batch = Batches.only(MemoryRecords.readableRecords(bytes.duplicate()));
    }

    MutableRecordBatch batch() {
      return batch;
    }

    /** Its records; their offsets are settled when they are asked for. */
    List<Line> lines() {
      if (lines == null) {
        lines = CrashModel.lines(batch);
      }
      return lines;
    }

    boolean acknowledged() {
      return durable.isDone() && durable.join() == null;
    }
  }

  /** A record. */
  private record Line(long offset, String key, String text) {}

  private static List<Line> lines(MutableRecordBatch batch) {
    List<Line> lines = new ArrayList<>();
    for (Record record : batch) {
      String key = Utils.utf8(record.key());
      lines.add(new Line(record.offset(), key, key + "=" + Utils.utf8(record.value())));
    }
    return lines;
  }

  final LogId id;
  final boolean compacted;
  private final List<Sent> sent = new ArrayList<>();

  /** An acknowledgement does not mean that it is on disk. */
  boolean lossy;

  private long seenEnd;
  private long sureStart;
  private long possibleStart;

  CrashModel(LogId id, boolean compacted) {
    this.id = id;
    this.compacted = compacted;
  }

  /** The same past, with a future of its own. */
  CrashModel fork() {
    CrashModel fork = new CrashModel(id, compacted);
    fork.sent.addAll(sent);
    fork.lossy = lossy;
    fork.seenEnd = seenEnd;
    fork.sureStart = sureStart;
    fork.possibleStart = possibleStart;
    return fork;
  }

  Sent send(PartitionLog log, MemoryRecords records, AppendSpec spec) {
    Sent next = new Sent(records.buffer().duplicate());
    long offset = log.logEndOffset();
    // Should the append die, this is where it may be found.
    Batches.only(records).setLastOffset(offset + Batches.only(records).lastOffset());
    sent.add(next);
    Appended appended = log.append(next.bytes.duplicate(), spec);
    assertEquals(offset, appended.baseOffset());
    log.whenDurable(appended.lastOffset() + 1, next.durable::complete);
    return next;
  }

  void mayStartAt(long offset) {
    possibleStart = Math.max(possibleStart, offset);
  }

  void startsAt(long offset) {
    sureStart = Math.max(sureStart, offset);
  }

  /** What consumers can have seen must stay. */
  void seen(PartitionLog log) {
    seenEnd = Math.max(seenEnd, log.highWatermark());
  }

  /** After recovery the unknown is known: what was not found never happened. */
  void settle(PartitionLog log) {
    sent.removeIf(s -> s.batch().baseOffset() >= log.logEndOffset());
    seenEnd = log.logEndOffset();
    sureStart = log.logStartOffset();
    possibleStart = Math.max(possibleStart, sureStart);
  }

  void check(PartitionLog log, String what) throws Exception {
    assertTrue(log.failure().isEmpty(), what + ": " + log.failure());
    long end = log.logEndOffset();
    long acknowledged = seenEnd;
    for (Sent s : sent) {
      if (s.acknowledged()) {
        acknowledged = Math.max(acknowledged, s.batch().nextOffset());
      }
    }
    assertTrue(
        lossy || end >= acknowledged, what + ": ends at " + end + ", acknowledged " + acknowledged);
    long start = log.logStartOffset();
    assertTrue(
        start >= Math.min(end, sureStart) && start <= Math.max(possibleStart, sureStart),
        what + ": starts at " + start + " not in " + sureStart + ".." + possibleStart);
    assertEquals(end, log.highWatermark(), what);
    List<MutableRecordBatch> found = readAll(log);
    if (compacted) {
      checkCompacted(found, end, what);
    } else {
      checkWhole(found, start, end, what);
      checkTransactions(log, what);
    }
    checkProducers(log, found, what);
  }

  private static List<MutableRecordBatch> readAll(PartitionLog log) throws Exception {
    List<MutableRecordBatch> all = new ArrayList<>();
    long next = log.logStartOffset();
    while (next < log.logEndOffset()) {
      ReadResult result =
          log.read(next, 700, true, ReadLimit.HIGH_WATERMARK)
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      try (LogSlice slice = result.records()) {
        List<MutableRecordBatch> batches = Batches.list(slice.toMemoryRecords());
        if (batches.isEmpty()) {
          break;
        }
        for (MutableRecordBatch batch : batches) {
          batch.ensureValid();
          assertTrue(batch.lastOffset() >= next, "offsets go back at " + next);
          next = batch.nextOffset();
        }
        all.addAll(batches);
      }
    }
    return all;
  }

  private List<Sent> between(long start, long end) {
    return sent.stream()
        .filter(s -> s.batch().lastOffset() >= start && s.batch().baseOffset() < end)
        .toList();
  }

  private void checkWhole(List<MutableRecordBatch> found, long start, long end, String what) {
    List<Sent> expected = between(start, end);
    assertEquals(expected.size(), found.size(), what + ": batches from " + start + " to " + end);
    for (int i = 0; i < found.size(); i++) {
      ByteBuffer bytes = ByteBuffer.allocate(found.get(i).sizeInBytes());
      found.get(i).writeTo(bytes);
      assertEquals(expected.get(i).bytes, bytes.flip(), what + ": batch " + i);
    }
    if (!expected.isEmpty()) {
      long last = expected.get(expected.size() - 1).batch().nextOffset();
      assertEquals(end, last, what + ": the end is the end of a batch");
    }
  }

  private void checkCompacted(List<MutableRecordBatch> found, long end, String what) {
    Map<Long, String> values = new HashMap<>();
    Map<String, Long> latest = new HashMap<>();
    for (Sent s : between(0, end)) {
      for (Line line : s.lines()) {
        values.put(line.offset(), line.text());
        latest.put(line.key(), line.offset());
      }
    }
    Set<String> there = new HashSet<>();
    for (MutableRecordBatch batch : found) {
      for (Line line : lines(batch)) {
        assertEquals(values.get(line.offset()), line.text(), what);
        if (latest.get(line.key()) == line.offset()) {
          there.add(line.key());
        }
      }
    }
    assertEquals(latest.keySet(), there, what + ": keys whose latest record is there");
  }

  private void checkTransactions(PartitionLog log, String what) throws Exception {
    ProducerStates states = new ProducerStates(Long.MAX_VALUE);
    for (Sent s : between(0, log.logEndOffset())) {
      states.replay(s.batch(), 0);
    }
    states.onHighWatermark(log.logEndOffset());
    if (sureStart == 0 && possibleStart == 0) {
      // With a start that moved, the beginning of a transaction may have gone with a lost snapshot.
      long stable = Math.min(states.firstUnstableOffset(), log.logEndOffset());
      assertEquals(stable, log.lastStableOffset(), what + ": last stable offset");
      Set<AbortedTransaction> expected = new HashSet<>();
      for (AbortedSpan span : states.drainAborted()) {
        if (span.firstOffset() < stable) {
          expected.add(new AbortedTransaction(span.producerId(), span.firstOffset()));
        }
      }
      Set<AbortedTransaction> told = new HashSet<>();
      long at = 0;
      while (at < stable) {
        ReadResult result =
            log.read(at, 700, true, ReadLimit.LAST_STABLE_OFFSET)
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        told.addAll(result.abortedTransactions());
        try (LogSlice slice = result.records()) {
          for (MutableRecordBatch batch : slice.toMemoryRecords().batches()) {
            at = batch.nextOffset();
          }
        }
      }
      assertEquals(expected, told, what + ": aborted transactions");
    }
  }

  /** The state is that of a replay from scratch; where the start moved, of what is left. */
  private void checkProducers(PartitionLog log, List<MutableRecordBatch> found, String what) {
    ProducerStates states = new ProducerStates(Long.MAX_VALUE);
    Map<Long, Long> first = new HashMap<>();
    for (Sent s : between(0, log.logEndOffset())) {
      states.replay(s.batch(), 0);
      first.putIfAbsent(s.batch().producerId(), s.batch().baseOffset());
    }
    long whole = found.isEmpty() ? log.logEndOffset() : found.get(0).baseOffset();
    Map<Long, ProducerView> views = new HashMap<>();
    log.producers().forEach(view -> views.put(view.producerId(), view));
    for (ProducerView expected : states.views()) {
      if (compacted || first.get(expected.producerId()) >= Math.max(whole, possibleStart)) {
        assertEquals(expected, views.get(expected.producerId()), what + ": producer");
      }
    }
  }

  /** A retry of what was acknowledged is told from new data. */
  void checkRetries(PartitionLog log, String what) {
    Map<Long, Sent> last = new HashMap<>();
    for (Sent s : between(log.logStartOffset(), log.logEndOffset())) {
      MutableRecordBatch batch = s.batch();
      if (batch.hasProducerId() && !batch.isControlBatch()) {
        last.put(batch.producerId(), s);
      }
    }
    for (Sent s : last.values()) {
      MutableRecordBatch batch = s.batch();
      ProducerView view =
          log.producers().stream()
              .filter(v -> v.producerId() == batch.producerId())
              .findFirst()
              .orElseThrow(() -> new AssertionError(what + ": a producer is forgotten"));
      if (view.producerEpoch() == batch.producerEpoch()) {
        ByteBuffer again = ByteBuffer.allocate(s.bytes.remaining()).put(s.bytes.duplicate()).flip();
        Appended appended = log.append(again, AppendSpec.client(log.latestEpoch(), 0));
        assertEquals(
            new Appended(batch.baseOffset(), batch.lastOffset(), log.logStartOffset(), true),
            appended,
            what + ": retry");
      }
    }
  }
}

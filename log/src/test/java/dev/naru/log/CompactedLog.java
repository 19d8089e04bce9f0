package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** A log in memory for a {@link Compactor}, with a clock that is cranked by hand. */
final class CompactedLog {
  static final long DAY_MS = 24L * 60 * 60 * 1000;
  static final long MAP_BYTES = 1 << 20;

  final ProducerStates states = new ProducerStates(DAY_MS);
  final List<AbortedSpan> aborted = new ArrayList<>();
  final List<HeapSegment> segments = new ArrayList<>(List.of(new HeapSegment(0)));
  LogConfig config = config(0, Long.MAX_VALUE);
  long cleanedTo = -1;
  long nowMs = 10 * DAY_MS;
  long mapBytes = MAP_BYTES;

  static LogConfig config(long minLagMs, long maxLagMs) {
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

  /** A segment in memory. */
  static final class HeapSegment implements CompactionSource {
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

  /** Puts what a pass wrote in the place of what it read. */
  final class Sink implements CompactionSink {
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
      int at = segments.indexOf(sources.get(0));
      segments.removeAll(sources);
      segments.addAll(at, fresh);
      fresh.clear();
      commits++;
    }

    @Override
    public void abandon() {
      fresh.clear();
      abandoned++;
    }
  }

  HeapSegment active() {
    return segments.get(segments.size() - 1);
  }

  long end() {
    return active().end;
  }

  void roll() {
    segments.add(new HeapSegment(end()));
  }

  /** Appends to the last segment; what it says of producers and transactions is known at once. */
  void append(MemoryRecords records) {
    active().append(records.buffer().duplicate());
    records.batches().forEach(batch -> states.replay(batch, nowMs));
    aborted.addAll(states.drainAborted());
    states.onHighWatermark(end());
  }

  static SimpleRecord record(String key, String value) {
    return new SimpleRecord(
        1_000, key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
  }

  /** Appends one batch of keys, each followed by its value. */
  void put(String... keysAndValues) {
    SimpleRecord[] records = new SimpleRecord[keysAndValues.length / 2];
    for (int i = 0; i < records.length; i++) {
      records[i] = record(keysAndValues[2 * i], keysAndValues[2 * i + 1]);
    }
    append(Batches.plain(end(), records));
  }

  CompactionPlan plan() {
    long stable = Math.min(end(), states.firstUnstableOffset());
    return CompactionPlan.of(
        segments.subList(0, segments.size() - 1), cleanedTo, stable, config, nowMs);
  }

  /** One pass over what is planned now. */
  void pass() throws IOException {
    Compactor compactor = new Compactor(mapBytes, () -> false);
    cleanedTo =
        compactor.pass(
            new Compactor.Input(plan(), List.copyOf(aborted), states.lastBatches(), config, nowMs),
            new Sink());
  }

  /** Seals the active segment and compacts until nothing is dirty. */
  void compact() throws IOException {
    roll();
    while (plan().dirtyRatio() > 0) {
      pass();
    }
  }

  List<MutableRecordBatch> batches() {
    List<MutableRecordBatch> all = new ArrayList<>();
    for (HeapSegment segment : segments) {
      all.addAll(Batches.list(MemoryRecords.readableRecords(segment.bytes.duplicate())));
    }
    all.forEach(RecordBatch::ensureValid);
    return all;
  }

  /** Offsets and contents of the data records that are left. */
  List<String> left() {
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

  long markers() {
    return batches().stream().filter(b -> b.isControlBatch() && b.iterator().hasNext()).count();
  }

  static String text(ByteBuffer bytes) {
    return bytes == null ? null : UTF_8.decode(bytes.duplicate()).toString();
  }
}

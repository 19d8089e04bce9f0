package dev.naru.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The check of an idempotent batch against what a log knows of its producer: the next one in
 * sequence, each time of another of the log's producers.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ProducerStateBenchmark {
  /** Where a batch has its producer's id. */
  private static final int PRODUCER_ID_OFFSET = 43;

  private static final long FIRST_ID = 1_000;

  /** Producers that the log remembers. */
  @Param({"1", "1000", "100000"})
  public int producers;

  private final SplittableRandom random = new SplittableRandom(1);
  private final AppendSpec spec = new AppendSpec(AppendOrigin.CLIENT, 0, 1_000_000, null);
  private ProducerStates states;
  private ByteBuffer bytes;
  private List<RecordBatch> next;

  @Setup
  public void remember() {
    states = new ProducerStates(Long.MAX_VALUE);
    MemoryRecords first = batch(0);
    for (int i = 0; i < producers; i++) {
      first.buffer().putLong(PRODUCER_ID_OFFSET, FIRST_ID + i);
      states.replay(first.batches().iterator().next(), spec.nowMs());
    }
    MemoryRecords second = batch(1);
    bytes = second.buffer();
    next = List.of(second.batches().iterator().next());
    bytes.putLong(PRODUCER_ID_OFFSET, FIRST_ID + producers - 1);
    if (next.get(0).producerId() != FIRST_ID + producers - 1
        || states.views().size() != producers
        || states.prepare(next, spec).duplicate()) {
      throw new IllegalStateException("the producers are not what they should be");
    }
  }

  private static MemoryRecords batch(int sequence) {
    return MemoryRecords.withIdempotentRecords(
        sequence,
        Compression.NONE,
        FIRST_ID,
        (short) 0,
        sequence,
        0,
        new SimpleRecord(1_000_000, "value".getBytes(StandardCharsets.UTF_8)));
  }

  @Benchmark
  public Object prepare() {
    bytes.putLong(PRODUCER_ID_OFFSET, FIRST_ID + random.nextInt(producers));
    return states.prepare(next, spec);
  }
}

package dev.naru.log;

import dev.naru.proving.micro.Payloads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it takes to find an offset anywhere in a segment: the search of the index alone, and a
 * fetch's whole way to a slice of one batch, which also reads batch headers from the (warm) file to
 * find where the batch begins and ends. Each time another offset, so that the processor cannot
 * learn the way.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexLookupBenchmark {
  private static final int BATCH_BYTES = 80;

  /** An index alone. */
  @State(Scope.Thread)
  public static class Index {
    /** Each of them stands for one batch of one record. */
    @Param({"1000", "1000000"})
    public int entries;

    private final SplittableRandom random = new SplittableRandom(1);
    private final SparseIndex index = new SparseIndex();

    @Setup
    public void fill() {
      for (int i = 0; i < entries; i++) {
        index.add(i, i * BATCH_BYTES, i);
      }
      if (index.floorByOffset(entries / 2) != entries / 2 * BATCH_BYTES) {
        throw new IllegalStateException("the index finds another place");
      }
    }
  }

  /** A log of one segment. */
  @State(Scope.Thread)
  public static class Log {
    /** Entries of the segment's index, each of them one batch of one record. */
    @Param({"1000", "1000000"})
    public int entries;

    private final SplittableRandom random = new SplittableRandom(1);
    private ScratchLog scratch;
    private PartitionLog log;

    @Setup
    public void fill() throws IOException {
      scratch = ScratchLog.denselyIndexed();
      log = scratch.log();
      ByteBuffer batch = Payloads.direct(Payloads.batch(BATCH_BYTES)).buffer();
      AppendSpec spec = new AppendSpec(AppendOrigin.CLIENT, 0, System.currentTimeMillis(), null);
      for (int i = 0; i < entries; i++) {
        log.append(batch.duplicate(), spec);
      }
      if (log.highWatermark() != entries) {
        throw new IllegalStateException("the log ends at " + log.highWatermark());
      }
    }

    @TearDown
    public void empty() throws IOException {
      scratch.close();
    }
  }

  @Benchmark
  public int index(Index state) {
    return state.index.floorByOffset(state.random.nextInt(state.entries));
  }

  @Benchmark
  public int read(Log state) {
    ReadResult result =
        state
            .log
            .read(state.random.nextInt(state.entries), 1, true, ReadLimit.HIGH_WATERMARK)
            .toCompletableFuture()
            .join();
    try (LogSlice slice = result.records()) {
      if (slice.sizeInBytes() == 0) {
        throw new IllegalStateException("nothing was found");
      }
      return slice.sizeInBytes();
    }
  }
}

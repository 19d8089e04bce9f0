package dev.naru.broker.produce;

import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.LogConfig;
import dev.naru.proving.micro.Payloads;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The checks of a produced batch: the CRC alone, which no broker can do without, and all of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BatchCheckBenchmark {
  private static final short VERSION = ApiKeys.PRODUCE.latestVersion();

  /** The batch's size. */
  @Param("65536")
  public int bytes;

  private final TopicSettings settings = Payloads.topicSettings(LogConfig.DEFAULTS);
  private final long nowMs = System.currentTimeMillis();
  private MemoryRecords records;

  @Setup
  public void make() {
    records = Payloads.direct(Payloads.batch(bytes));
  }

  @Benchmark
  public RecordBatch crc() {
    RecordBatch batch = records.batches().iterator().next();
    batch.ensureValid();
    return batch;
  }

  @Benchmark
  public Object check() {
    return BatchCheck.check(records, VERSION, settings, nowMs);
  }
}

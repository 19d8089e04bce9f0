package dev.naru.broker.produce;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.naru.broker.ManualTimers;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.FaultyDisk;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStore;
import dev.naru.log.PartitionLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A producer that has several batches under way while a partition is opened. */
class RefusedSequencesTest {
  private static final Uuid TOPIC = new Uuid(3, 4);
  private static final int REMEMBERED_MAX = 10_000;

  private final ManualTimers timers = new ManualTimers();
  private final RefusedSequences refused = new RefusedSequences(timers);
  private final LogStore store = open();
  private final PartitionLog log = store.openOrCreate(new LogId(TOPIC, 0), LogConfig.DEFAULTS);

  private static LogStore open() {
    FaultyDisk disk = new FaultyDisk(1);
    disk.format(Path.of("/data"));
    return LogStore.open(disk, Path.of("/data"), () -> 0L);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static RecordBatch batch(int sequence) {
    return batch(sequence, (short) 0);
  }

  private static RecordBatch batch(int sequence, short epoch) {
    return records(sequence, epoch).firstBatch();
  }

  private static MemoryRecords records(int sequence, short epoch) {
    return MemoryRecords.withIdempotentRecords(
        Compression.NONE,
        7,
        epoch,
        sequence,
        new SimpleRecord(1, "v".getBytes(StandardCharsets.UTF_8)));
  }

  private void append(int sequence) {
    log.append(
        records(sequence, (short) 0).buffer(), new AppendSpec(AppendOrigin.CLIENT, 0, 0, null));
  }

  private void check(RecordBatch batch) {
    refused.check(TOPIC, 0, batch, log);
  }

  @Test
  void whatWasSentBehindARefusedBatchWaitsForIt() {
    refused.remember(TOPIC, 0, batch(3));
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(4)));
    refused.remember(TOPIC, 0, batch(4));
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(5)));
    check(batch(3));
    append(3);
    check(batch(4));
  }

  @Test
  void whatIsRefusedTwiceIsWaitedForTwice() {
    refused.remember(TOPIC, 0, batch(3));
    check(batch(3));
    refused.remember(TOPIC, 0, batch(3));
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(4)));
  }

  @Test
  void sequencesWrap() {
    refused.remember(TOPIC, 0, batch(Integer.MAX_VALUE));
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(0)));
    assertDoesNotThrow(() -> check(batch(Integer.MAX_VALUE)));
  }

  @Test
  void nobodyElseWaits() {
    refused.remember(TOPIC, 0, batch(3));
    check(batch(0, (short) 1));
    refused.check(TOPIC, 1, batch(4), log);
    refused.check("t", 0, batch(4), log);
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(4)));
  }

  @Test
  void aLogThatKnowsTheProducerJudgesForItself() {
    refused.remember(TOPIC, 0, batch(3));
    append(3);
    check(batch(9));
  }

  @Test
  void aProducerThatGaveABatchUpWaitsOnlySoLong() {
    refused.remember(TOPIC, 0, batch(3));
    timers.advance(30_000);
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(4)));
    timers.advance(1);
    check(batch(4));
  }

  @Test
  void onlySoMuchIsRemembered() {
    for (int partition = 1; partition <= REMEMBERED_MAX; partition++) {
      refused.remember(TOPIC, partition, batch(3));
    }
    refused.remember(TOPIC, 0, batch(3));
    check(batch(4));
    timers.advance(30_001);
    refused.remember(TOPIC, 0, batch(3));
    assertThrows(NotLeaderOrFollowerException.class, () -> check(batch(4)));
  }
}

package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/**
 * Power loss at the write boundaries of a seeded workload: every acknowledged batch is there,
 * nothing is gone but an unacknowledged tail, and the producers are what a replay makes of it. With
 * {@code durability=os} an acknowledged tail may go, and still nothing else.
 *
 * <p>{@code -Dnaru.crash.seeds=N} sets the number of seeds, {@code -Dnaru.crash.every=true} tries
 * every boundary of each of them instead of a few.
 */
class LogCrashTest {
  private static final int SEEDS = Integer.getInteger("naru.crash.seeds", 1_000);
  private static final boolean EVERY = Boolean.getBoolean("naru.crash.every");
  private static final int STEPS = 60;

  /** About as many as a workload of so many steps has; later than its end is a loss at rest. */
  private static final long USUAL_OPERATIONS = 250;

  private static final Path DIR = Path.of("/naru");
  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final Uuid TOPIC = new Uuid(7, 7);

  private static LogConfig config(boolean compact, Durability durability) {
    LogConfig d = LogConfig.DEFAULTS;
    return new LogConfig(
        1_500,
        d.segmentMs(),
        0,
        d.segmentIndexBytes(),
        300,
        -1,
        compact ? -1 : 6_000,
        !compact,
        compact,
        DAY_MS,
        0,
        Long.MAX_VALUE,
        0.1,
        d.maxMessageBytes(),
        0,
        false,
        d.flushMessages(),
        d.flushMs(),
        durability);
  }

  /** One life of a node, and what it leaves. */
  private static final class Life {
    final SplittableRandom random;
    final CrashModel stream = new CrashModel(new LogId(TOPIC, 0), false);
    final CrashModel table = new CrashModel(new LogId(TOPIC, 1), true);
    final int[] sequences = new int[4];
    final boolean[] open = new boolean[4];
    final boolean moving;
    final Durability durability;
    FaultyDisk disk;
    LogStore store;
    PartitionLog streamLog;
    PartitionLog tableLog;
    int tableSequence;
    int leaderEpoch;
    long nowMs = DAY_MS;

    Life(long seed) {
      random = new SplittableRandom(seed);
      moving = random.nextBoolean();
      durability = random.nextInt(5) == 0 ? Durability.OS : Durability.FSYNC;
      stream.lossy = durability == Durability.OS;
      table.lossy = stream.lossy;
      disk = new FaultyDisk(seed);
      disk.format(DIR);
    }

    void begin() {
      store = LogStore.open(disk, DIR, () -> nowMs);
      streamLog = store.openOrCreate(stream.id, config(false, durability));
      tableLog = store.openOrCreate(table.id, config(true, durability));
    }

    /** Works until it is done or power goes. */
    void work(int steps) throws Exception {
      try {
        begin();
        for (int i = 0; i < steps; i++) {
          step(i);
        }
      } catch (Exception e) {
        if (!disk.powerLost()) {
          throw e;
        }
      } finally {
        end();
      }
    }

    void end() {
      if (store != null) {
        store.close();
        stream.seen(streamLog);
        table.seen(tableLog);
      }
    }

    private void step(int i) throws Exception {
      int choice = random.nextInt(100);
      nowMs += 1_000;
      if (choice < 35) {
        int producer = random.nextInt(4);
        await(appendTo(producer, i));
      } else if (choice < 45) {
        endTransaction(random.nextInt(4));
      } else if (choice < 85) {
        await(put(i));
      } else if (choice < 88 && moving) {
        long to = random.nextLong(streamLog.highWatermark() + 1);
        stream.mayStartAt(to);
        stream.startsAt(streamLog.deleteRecords(to));
      } else if (choice < 91 && moving) {
        stream.mayStartAt(streamLog.highWatermark());
        streamLog.maintain(nowMs);
        stream.startsAt(streamLog.logStartOffset());
      } else if (choice < 96) {
        compact();
      } else if (choice < 98) {
        leaderEpoch++;
      } else {
        end();
        begin();
        assertTrue(disk.powerLost() || streamLog.failure().isEmpty());
      }
    }

    private void compact() throws Exception {
      LogCompaction compaction = LogCompaction.due(tableLog, nowMs);
      if (compaction != null) {
        compaction.run(new Compactor(1 << 16, () -> false));
      }
    }

    private void await(CrashModel.Sent sent) throws Exception {
      if (random.nextInt(3) > 0) {
        Throwable failure = sent.durable.get(30, TimeUnit.SECONDS);
        assertTrue(failure == null || disk.powerLost(), String.valueOf(failure));
      }
    }

    private AppendSpec spec(VerificationGuard guard) {
      return new AppendSpec(AppendOrigin.CLIENT, leaderEpoch, nowMs, guard);
    }

    private SimpleRecord[] records(int step, int keys) {
      SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(3)];
      for (int r = 0; r < records.length; r++) {
        byte[] key = ("k" + random.nextInt(keys)).getBytes(UTF_8);
        byte[] value = ("v" + step + "." + r + "x".repeat(random.nextInt(120))).getBytes(UTF_8);
        records[r] = new SimpleRecord(nowMs, key, value);
      }
      return records;
    }

    /** Producer 0 has no id, 1 is idempotent, 2 and 3 are transactional. */
    private CrashModel.Sent appendTo(int producer, int step) {
      SimpleRecord[] records = records(step, 20);
      if (producer == 0) {
        return stream.send(streamLog, Batches.plain(0, records), spec(null));
      }
      int sequence = sequences[producer];
      sequences[producer] += records.length;
      if (producer == 1) {
        return stream.send(
            streamLog, Batches.idempotent(0, producer, 0, sequence, records), spec(null));
      }
      VerificationGuard guard =
          open[producer] ? null : streamLog.startVerification(producer, (short) 0, sequence, false);
      open[producer] = true;
      return stream.send(
          streamLog, Batches.transactional(0, producer, 0, sequence, records), spec(guard));
    }

    private void endTransaction(int producer) throws Exception {
      if (open[producer]) {
        MemoryRecords marker = Batches.marker(0, producer, 0, random.nextBoolean(), leaderEpoch);
        await(stream.send(streamLog, marker, AppendSpec.coordinator(leaderEpoch, nowMs)));
        open[producer] = false;
      }
    }

    private CrashModel.Sent put(int step) {
      SimpleRecord[] records = records(step, 6);
      MemoryRecords batch = Batches.idempotent(0, 9, 0, tableSequence, records);
      tableSequence += records.length;
      return table.send(tableLog, batch, spec(null));
    }

    void check(String what) throws Exception {
      begin();
      try {
        for (CrashModel model : List.of(stream, table)) {
          PartitionLog log = model == stream ? streamLog : tableLog;
          model.check(log, what + (model == stream ? ", stream" : ", table"));
          model.settle(log);
          model.checkRetries(log, what);
          model
              .send(
                  log,
                  Batches.plain(0, new SimpleRecord(nowMs, "again".getBytes(UTF_8), new byte[1])),
                  spec(null))
              .durable
              .get(30, TimeUnit.SECONDS);
        }
      } finally {
        end();
      }
      begin();
      stream.check(streamLog, what + ", stream after a clean stop");
      table.check(tableLog, what + ", table after a clean stop");
      end();
    }
  }

  private static void crashAt(long seed, long operation) throws Exception {
    Life life = new Life(seed);
    life.disk.losePowerAt(operation);
    life.work(STEPS);
    String what = life.durability + ", seed " + seed + ", power lost at operation " + operation;
    if (operation % 3 == 0) {
      // And again while it recovers.
      life.disk = life.disk.restart();
      life.disk.losePowerAt(operation / 3 % 20);
      life.work(0);
      what += " and again at " + operation / 3 % 20;
    }
    life.disk = life.disk.restart();
    life.check(what);
  }

  @Test
  void everythingAcknowledgedSurvivesAPowerLossAnywhere() throws Exception {
    long begun = System.nanoTime();
    long crashes = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      long end = EVERY ? operations(seed) : 0;
      for (long at = 0; at < end; at++, crashes++) {
        crashAt(seed, at);
      }
      if (!EVERY) {
        crashAt(seed, new SplittableRandom(~seed).nextLong(USUAL_OPERATIONS));
        crashes++;
      }
    }
    System.out.printf(
        "%d power losses over %d seeds, %d ms%n",
        crashes, SEEDS, (System.nanoTime() - begun) / 1_000_000);
  }

  @Test
  void aLifeWithoutACrashLosesNothing() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      Life life = new Life(seed);
      life.work(STEPS);
      life.check("seed " + seed);
    }
  }

  private static long operations(long seed) throws Exception {
    Life life = new Life(seed);
    life.work(STEPS);
    return life.disk.operations();
  }
}

package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * One life of a node, made from a seed: a log of plain, idempotent and transactional batches whose
 * start may move, and a compacted one; rolls, retention, deletions, compaction, checkpoints, clean
 * restarts. And what it must leave, should it end at any moment.
 *
 * <p>Without threads a seed gives the same life again, operation by operation. What runs at the
 * same time as a force in a real node is put into its way here: appends that begin while it runs.
 */
final class CrashLife {
  private static final Path DIR = Path.of("/naru");
  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final Uuid TOPIC = new Uuid(7, 7);

  /** Power is lost, or the process killed, at a moment of a life that itself goes on. */
  interface Ending {
    void at(CrashLife life, FaultyDisk.Moment moment) throws Exception;
  }

  final Durability durability;
  FaultyDisk disk;
  private final CrashModel stream;
  private final CrashModel table;
  private final boolean threads;
  private final boolean moving;
  private final boolean preallocate;

  /** So small that its files are begun again and again. */
  private final Journal.Size journal;

  private final SplittableRandom random;
  private final int[] sequences = new int[4];
  private final boolean[] open = new boolean[4];
  private int tableSequence;
  private int leaderEpoch;
  private int step;
  private long nowMs = DAY_MS;
  private LogStore store;
  private PartitionLog streamLog;
  private PartitionLog tableLog;
  private boolean committing;
  private Throwable problem;

  CrashLife(long seed, boolean threads) {
    this.random = new SplittableRandom(seed);
    this.threads = threads;
    this.moving = random.nextBoolean();
    this.durability = random.nextInt(5) == 0 ? Durability.OS : Durability.FSYNC;
    this.preallocate = random.nextInt(4) == 0;
    this.journal = new Journal.Size(random.nextBoolean() ? 8 << 10 : 16 << 10, 1);
    this.stream = new CrashModel(new LogId(TOPIC, 0), false);
    this.table = new CrashModel(new LogId(TOPIC, 1), true);
    stream.lossy = durability == Durability.OS;
    table.lossy = stream.lossy;
    disk = new FaultyDisk(seed);
    disk.format(DIR);
  }

  /** The next life, after the one before ended as the disk shows. */
  private CrashLife(CrashLife before, FaultyDisk disk) {
    this.random = new SplittableRandom(before.step);
    this.threads = before.threads;
    this.moving = before.moving;
    this.preallocate = before.preallocate;
    this.journal = before.journal;
    this.durability = before.durability;
    this.stream = before.stream.fork();
    this.table = before.table.fork();
    this.leaderEpoch = before.leaderEpoch;
    this.nowMs = before.nowMs;
    this.step = before.step;
    this.disk = disk;
    if (before.tableLog != null) {
      stream.seen(before.streamLog);
      table.seen(before.tableLog);
    }
  }

  CrashLife heir(FaultyDisk found) {
    return new CrashLife(this, found);
  }

  private LogConfig config(boolean compact) {
    LogConfig d = LogConfig.DEFAULTS;
    return new LogConfig(
        1_500,
        d.segmentMs(),
        0,
        d.segmentIndexBytes(),
        300,
        -1,
        compact || !moving ? -1 : 6_000,
        !compact,
        compact,
        DAY_MS,
        0,
        Long.MAX_VALUE,
        0.1,
        d.maxMessageBytes(),
        0,
        preallocate,
        d.flushMessages(),
        d.flushMs(),
        durability);
  }

  /** Lets the life end at each of its operations, and go on. */
  void atEachOperation(Ending ending) {
    disk.atEachOperation(
        new FaultyDisk.Boundary() {
          @Override
          public void reached(FaultyDisk.Moment moment) throws IOException {
            end(ending, moment);
            meanwhile(moment.operation(), moment.path());
          }

          @Override
          public void passed(FaultyDisk.Operation operation, Path path) {
            meanwhile(operation, path);
          }
        });
  }

  private void end(Ending ending, FaultyDisk.Moment moment) {
    if (problem == null) {
      try {
        ending.at(this, moment);
      } catch (Throwable e) {
        // Not through the code under test, which has its own mind about errors.
        problem = e;
      }
    }
  }

  /** While group commit forces a segment or syncs names, others append. */
  private void meanwhile(FaultyDisk.Operation operation, Path path) {
    if (committing
        && (operation == FaultyDisk.Operation.SYNC_DIRECTORY
            || (operation == FaultyDisk.Operation.FORCE && isForcedByCommit(path)))
        && random.nextInt(4) == 0) {
      committing = false;
      if (random.nextBoolean()) {
        appendTo(random.nextInt(2));
      } else {
        put();
      }
      committing = true;
    }
  }

  private static boolean isForcedByCommit(Path path) {
    return path.toString().endsWith(".log")
        || JournalFile.NAMES.contains(path.getFileName().toString());
  }

  void begin() {
    store =
        threads
            ? LogStore.open(disk, DIR, () -> nowMs, journal)
            : LogStore.openWithoutThreads(disk, DIR, () -> nowMs, journal);
    PartitionLog first = store.openOrCreate(stream.id, config(false));
    tableLog = store.openOrCreate(table.id, config(true));
    streamLog = first;
  }

  /** Works until it is done or power goes. */
  void work(int steps) throws Exception {
    try {
      begin();
      for (int i = 0; i < steps && problem == null; i++) {
        work();
      }
    } catch (Exception e) {
      if (!disk.powerLost() && problem == null) {
        throw e;
      }
    } finally {
      stop();
    }
    if (problem != null) {
      throw new AssertionError(problem);
    }
  }

  void stop() {
    if (store != null) {
      store.close();
      if (tableLog != null) {
        stream.seen(streamLog);
        table.seen(tableLog);
      }
    }
  }

  private void work() throws Exception {
    int choice = random.nextInt(100);
    nowMs += 1_000;
    step++;
    if (choice < 35) {
      await(appendTo(random.nextInt(4)));
    } else if (choice < 45) {
      endTransaction(random.nextInt(4));
    } else if (choice < 83) {
      await(put());
    } else if (choice < 86 && moving) {
      long to = random.nextLong(streamLog.highWatermark() + 1);
      stream.mayStartAt(to);
      stream.startsAt(streamLog.deleteRecords(to));
    } else if (choice < 90) {
      maintain();
    } else if (choice < 95) {
      compact();
    } else if (choice < 97) {
      leaderEpoch++;
    } else {
      stop();
      begin();
      assertTrue(disk.powerLost() || streamLog.failure().isEmpty());
    }
  }

  /** Retention, checkpoints, notes of the tail. */
  private void maintain() {
    if (moving) {
      stream.mayStartAt(streamLog.highWatermark());
    }
    store.maintain(nowMs, true);
    stream.startsAt(streamLog.logStartOffset());
  }

  private void compact() throws Exception {
    LogCompaction compaction = LogCompaction.due(tableLog, nowMs);
    if (compaction != null) {
      compaction.run(new Compactor(1 << 16, () -> false));
    }
  }

  private void await(CrashModel.Sent sent) throws Exception {
    if (random.nextInt(3) > 0) {
      commit();
      Throwable failure = sent.durable.get(threads ? 30 : 0, TimeUnit.SECONDS);
      assertTrue(failure == null || disk.powerLost(), String.valueOf(failure));
    }
  }

  private void commit() {
    committing = true;
    store.commitQueued();
    committing = false;
  }

  private AppendSpec spec(VerificationGuard guard) {
    return new AppendSpec(AppendOrigin.CLIENT, leaderEpoch, nowMs, guard);
  }

  private SimpleRecord[] records(int keys) {
    SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(3)];
    for (int r = 0; r < records.length; r++) {
      byte[] key = ("k" + random.nextInt(keys)).getBytes(UTF_8);
      byte[] value = ("v" + step + "." + r + "x".repeat(random.nextInt(120))).getBytes(UTF_8);
      records[r] = new SimpleRecord(nowMs, key, value);
    }
    return records;
  }

  /** Producer 0 has no id, 1 is idempotent, 2 and 3 are transactional. */
  private CrashModel.Sent appendTo(int producer) {
    SimpleRecord[] records = records(20);
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

  private CrashModel.Sent put() {
    SimpleRecord[] records = records(6);
    MemoryRecords batch = Batches.idempotent(0, 9, 0, tableSequence, records);
    tableSequence += records.length;
    return table.send(tableLog, batch, spec(null));
  }

  /** Recovers, and checks all that must hold then: at once, going on, and after a clean stop. */
  void check(String what) throws Exception {
    begin();
    try {
      for (CrashModel model : List.of(stream, table)) {
        PartitionLog log = model == stream ? streamLog : tableLog;
        model.check(log, what + (model == stream ? ", stream" : ", table"));
        model.settle(log);
        model.checkRetries(log, what);
        goOn(model, log, what);
      }
    } finally {
      stop();
    }
    begin();
    stream.check(streamLog, what + ", stream after a clean stop");
    table.check(tableLog, what + ", table after a clean stop");
    stop();
  }

  private void goOn(CrashModel model, PartitionLog log, String what) throws Exception {
    SimpleRecord record = new SimpleRecord(nowMs, "again".getBytes(UTF_8), new byte[1]);
    CrashModel.Sent sent = model.send(log, Batches.plain(0, record), spec(null));
    commit();
    assertNull(sent.durable.get(threads ? 30 : 0, TimeUnit.SECONDS), what);
  }

  /** Recovers, lets consumers see what there is, and perhaps goes on a little. */
  void recover(boolean goOn) throws Exception {
    begin();
    for (CrashModel model : List.of(stream, table)) {
      PartitionLog log = model == stream ? streamLog : tableLog;
      model.settle(log);
      if (goOn) {
        goOn(model, log, "after a kill");
      }
      model.seen(log);
    }
    if (goOn) {
      maintain();
    }
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets {@link Compactor} work on a log: gives it the sealed segments, and puts what it wrote in
 * their place. Appends and reads go on meanwhile. One at a time per log.
 */
final class LogCompaction implements CompactionSink {
  /** Where the last compaction ended; begun anew when it is lost. */
  static final String CLEANED_TO = "cleaned-to";

  private static final Logger LOG = LoggerFactory.getLogger(LogCompaction.class);

  private final PartitionLog log;
  private final long nowMs;
  private final List<LogSegment> written = new ArrayList<>();
  private final CompactionPlan plan;

  private LogCompaction(PartitionLog log, CompactionPlan plan, long nowMs) {
    this.log = log;
    this.plan = plan;
    this.nowMs = nowMs;
  }

  /** What there is to do in a log; null when that is not enough. */
  static LogCompaction due(PartitionLog log, long nowMs) throws IOException {
    LogSegment[] segments = log.segments();
    if (!log.config().compact() || segments.length < 2) {
      return null;
    }
    ByteBuffer note = log.records().home.loadNote(CLEANED_TO);
    CompactionPlan plan =
        CompactionPlan.of(
            Arrays.asList(segments).subList(0, segments.length - 1),
            note == null ? -1 : note.getLong(),
            log.lastStableOffset(),
            log.config(),
            nowMs);
    return plan.due(log.config()) ? new LogCompaction(log, plan, nowMs) : null;
  }

  double dirtyRatio() {
    return plan.overdue() ? 1 : plan.dirtyRatio();
  }

  PartitionLog log() {
    return log;
  }

  /**
   * Makes one pass.
   *
   * @throws CancellationException the log was closed, or its segments changed; nothing is lost
   * @throws org.apache.kafka.common.errors.CorruptRecordException a batch is damaged
   */
  void run(Compactor compactor) throws IOException {
    List<AbortedSpan> aborted = new ArrayList<>();
    for (LogSegment segment : log.segments()) {
      if (segment.hasAborted()) {
        aborted.addAll(log.records().detail(segment).aborted());
      }
    }
    force();
    long before = log.sizeInBytes();
    long cleanedTo =
        compactor.pass(
            new Compactor.Input(
                plan, aborted, log.withProducers(ProducerStates::lastBatches), log.config(), nowMs),
            this);
    log.structure()
        .exclusively(
            () ->
                log.records()
                    .home
                    .saveNote(CLEANED_TO, ByteBuffer.allocate(8).putLong(0, cleanedTo), false));
    LOG.info(
        "{}: compacted up to offset {}, from {} to {} bytes",
        log.id(),
        cleanedTo,
        before,
        log.sizeInBytes());
  }

  /** A record may only replace others once it cannot be lost itself. */
  private void force() throws IOException {
    try {
      Waits.join(log.records().home.force());
    } catch (CompletionException e) {
      throw new IOException("Forcing the log before its compaction failed", e.getCause());
    }
  }

  @Override
  public void begin(long baseOffset) throws IOException {
    written.add(new LogSegment(log.records().home.createDetached(baseOffset)));
  }

  @Override
  public void append(ByteBuffer batches) throws IOException {
    LogSegment segment = written.get(written.size() - 1);
    List<MutableRecordBatch> list = new ArrayList<>();
    MemoryRecords.readableRecords(batches.slice()).batches().forEach(list::add);
    segment.home.append(batches.duplicate());
    for (MutableRecordBatch batch : list) {
      segment.onBatch(
          batch.baseOffset(),
          batch.lastOffset(),
          batch.sizeInBytes(),
          batch.maxTimestamp(),
          log.config(),
          nowMs);
    }
  }

  @Override
  public void commit(List<CompactionSource> sources, List<AbortedSpan> aborted) throws IOException {
    List<LogSegment> removed = sources.stream().map(LogSegment.class::cast).toList();
    List<AbortedSpan> kept = new ArrayList<>(aborted);
    kept.sort(Comparator.comparingLong(AbortedSpan::lastOffset));
    boolean[] done = new boolean[1];
    log.structure()
        .exclusively(
            () -> {
              if (Arrays.asList(log.segments()).containsAll(removed)) {
                written.get(0).inheritEpochs(removed);
                LogSegment last = written.get(written.size() - 1);
                last.endAt(removed.get(removed.size() - 1).endOffset());
                last.onAborted(kept);
                log.structure().replaceSegments(removed, List.copyOf(written));
                written.clear();
                done[0] = true;
              }
            });
    if (!done[0]) {
      throw new CancellationException("The log changed or was closed meanwhile");
    }
  }

  @Override
  public void abandon() {
    for (LogSegment segment : written) {
      try {
        log.records().home.discard(segment.home);
      } catch (IOException e) {
        LOG.warn("{}: a file of an abandoned compaction stays until the next start", log.id(), e);
      }
    }
    written.clear();
  }
}

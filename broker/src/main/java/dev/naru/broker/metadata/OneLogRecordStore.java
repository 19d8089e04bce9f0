package dev.naru.broker.metadata;

import dev.naru.log.AppendSpec;
import dev.naru.log.Appended;
import dev.naru.log.DurableCallback;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.Logs;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.metadata.AbortTransactionRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * Metadata records in one log that changes hands: whoever opens it fences the owner before, and
 * there is no second log that a fenced owner could still begin. So a rewrite stays in the log, as a
 * transaction of Kafka's (KIP-868): the state between a begin and an end mark, with everything
 * before the begin mark deleted when the end mark is durable. A begin mark without an end is
 * answered with an abort mark by the next owner, and what is between them counts for nothing.
 */
public final class OneLogRecordStore implements RecordStore {
  static final LogId ID = new LogId(LogRecordStore.TOPIC_ID, 0);
  private static final int RECORDS_PER_BATCH = 1000;
  private static final long REWRITE_AFTER_RECORDS = 20_000;

  private final Logs logs;
  private final LogConfig config;
  private final int epoch;
  private PartitionLog log;
  private long stateRecords;
  private long appendedRecords;
  private boolean rewriting;

  /** Where the last rewrite begins that is durable; what is before it may go. */
  private volatile long replacedUpTo;

  /**
   * @param epoch the controller epoch, in all batches
   */
  public OneLogRecordStore(Logs logs, LogConfig config, int epoch) {
    this.logs = logs;
    this.config = config;
    this.epoch = epoch;
  }

  @Override
  public boolean load(Consumer<ApiMessage> replay) {
    logs.release(ID);
    log = logs.openOrCreate(ID, config);
    List<ApiMessage> kept = new ArrayList<>();
    List<ApiMessage> open = new ArrayList<>();
    boolean[] inside = new boolean[1];
    RecordLogs.forEach(
        log,
        message -> {
          if (message instanceof BeginTransactionRecord) {
            inside[0] = true;
          } else if (message instanceof EndTransactionRecord) {
            // A rewrite: it stands for everything before it.
            kept.clear();
            kept.addAll(open);
            stateRecords = open.size();
            open.clear();
            inside[0] = false;
          } else if (message instanceof AbortTransactionRecord) {
            open.clear();
            inside[0] = false;
          } else {
            (inside[0] ? open : kept).add(message);
          }
        });
    if (inside[0]) {
      write(List.of(mark(new AbortTransactionRecord().setReason("its owner is gone"))), 0);
    }
    appendedRecords = kept.size() - stateRecords;
    kept.forEach(replay);
    return !kept.isEmpty();
  }

  private static ApiMessageAndVersion mark(ApiMessage message) {
    return new ApiMessageAndVersion(message, (short) 0);
  }

  @Override
  public void append(List<ApiMessageAndVersion> records, long nowMs, DurableCallback durable) {
    deleteReplaced();
    appendedRecords += records.size();
    log.whenDurable(write(records, nowMs).lastOffset() + 1, durable);
  }

  @Override
  public void rewrite(List<ApiMessageAndVersion> state, long nowMs, DurableCallback durable) {
    rewriting = true;
    stateRecords = state.size();
    appendedRecords = 0;
    Appended begin = write(List.of(mark(new BeginTransactionRecord().setName("state"))), nowMs);
    for (int from = 0; from < state.size(); from += RECORDS_PER_BATCH) {
      write(state.subList(from, Math.min(state.size(), from + RECORDS_PER_BATCH)), nowMs);
    }
    Appended end = write(List.of(mark(new EndTransactionRecord())), nowMs);
    log.whenDurable(
        end.lastOffset() + 1,
        error -> {
          if (error == null) {
            replacedUpTo = begin.baseOffset();
          }
          durable.complete(error);
        });
  }

  private void deleteReplaced() {
    long end = replacedUpTo;
    if (end > 0) {
      replacedUpTo = 0;
      log.deleteRecords(end);
    }
  }

  @Override
  public boolean outgrown() {
    if (rewriting) {
      rewriting = log.highWatermark() < log.logEndOffset();
    }
    return !rewriting && appendedRecords > Math.max(REWRITE_AFTER_RECORDS, 4 * stateRecords);
  }

  private Appended write(List<ApiMessageAndVersion> records, long nowMs) {
    return log.append(MetadataRecords.encode(records, nowMs), AppendSpec.coordinator(epoch, nowMs));
  }
}

package dev.naru.broker.metadata;

import dev.naru.log.AppendSpec;
import dev.naru.log.Appended;
import dev.naru.log.Durability;
import dev.naru.log.DurableCallback;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStoreException;
import dev.naru.log.Logs;
import dev.naru.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * Metadata records in logs of the node's own store.
 *
 * <p>A rewrite begins another log, a <em>generation</em>: the state between a begin and an end
 * mark, then what is appended after it. The generation before is deleted when the end mark is
 * durable. So after a crash the newest generation that has its end mark holds everything.
 */
public final class LogRecordStore implements RecordStore {
  /** Kafka's topic id of {@code __cluster_metadata}; the partition is the generation. */
  public static final Uuid TOPIC_ID = new Uuid(0, 1);

  private static final int RECORDS_PER_BATCH = 1000;
  private static final long REWRITE_AFTER_RECORDS = 20_000;

  private final Logs store;
  private final LogConfig config;
  private final List<LogId> obsolete = new ArrayList<>();
  private volatile boolean rewritten = true;
  private PartitionLog log;
  private int lastGeneration = -1;
  private long stateRecords;
  private long appendedRecords;

  public LogRecordStore(Logs store, Durability durability) {
    this.store = store;
    this.config = RecordLogs.config(durability);
  }

  @Override
  public boolean load(Consumer<ApiMessage> replay) {
    List<LogId> generations =
        store.ids().stream()
            .filter(id -> id.topicId().equals(TOPIC_ID))
            .sorted((a, b) -> Integer.compare(b.partition(), a.partition()))
            .toList();
    for (LogId id : generations) {
      lastGeneration = Math.max(lastGeneration, id.partition());
      if (log == null && begin(id, replay)) {
        continue;
      }
      store.delete(id);
    }
    if (log == null && store.ids().stream().anyMatch(id -> !id.topicId().equals(TOPIC_ID))) {
      throw new LogStoreException(
          "the data directory holds partitions but no metadata that says what they are;"
              + " restore its metadata log from a backup");
    }
    return log != null;
  }

  @Override
  public void append(List<ApiMessageAndVersion> records, long nowMs, DurableCallback durable) {
    if (rewritten) {
      obsolete.forEach(store::delete);
      obsolete.clear();
    }
    appendedRecords += records.size();
    Appended appended = write(records, nowMs);
    log.whenDurable(appended.lastOffset() + 1, durable);
  }

  @Override
  public void rewrite(List<ApiMessageAndVersion> state, long nowMs, DurableCallback durable) {
    rewritten = false;
    if (log != null) {
      obsolete.add(log.id());
    }
    lastGeneration++;
    log = store.openOrCreate(new LogId(TOPIC_ID, lastGeneration), config);
    stateRecords = state.size();
    appendedRecords = 0;
    write(
        List.of(new ApiMessageAndVersion(new BeginTransactionRecord().setName("state"), (short) 0)),
        nowMs);
    for (int from = 0; from < state.size(); from += RECORDS_PER_BATCH) {
      write(state.subList(from, Math.min(state.size(), from + RECORDS_PER_BATCH)), nowMs);
    }
    Appended end =
        write(List.of(new ApiMessageAndVersion(new EndTransactionRecord(), (short) 0)), nowMs);
    log.whenDurable(
        end.lastOffset() + 1,
        error -> {
          rewritten = error == null;
          durable.complete(error);
        });
  }

  @Override
  public boolean outgrown() {
    return rewritten && appendedRecords > Math.max(REWRITE_AFTER_RECORDS, 4 * stateRecords);
  }

  /** Takes a generation when its state is complete. */
  private boolean begin(LogId id, Consumer<ApiMessage> replay) {
    PartitionLog candidate = store.openOrCreate(id, config);
    if (!hasEndMark(candidate)) {
      return false;
    }
    log = candidate;
    boolean[] ended = new boolean[1];
    RecordLogs.forEach(
        candidate,
        message -> {
          if (message instanceof EndTransactionRecord) {
            ended[0] = true;
          } else if (!(message instanceof BeginTransactionRecord)) {
            if (ended[0]) {
              appendedRecords++;
            } else {
              stateRecords++;
            }
            replay.accept(message);
          }
        });
    return true;
  }

  private static boolean hasEndMark(PartitionLog candidate) {
    boolean[] found = new boolean[1];
    RecordLogs.forEach(candidate, message -> found[0] |= message instanceof EndTransactionRecord);
    return found[0];
  }

  private Appended write(List<ApiMessageAndVersion> records, long nowMs) {
    return log.append(MetadataRecords.encode(records, nowMs), AppendSpec.coordinator(0, nowMs));
  }
}

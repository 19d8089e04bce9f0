package dev.naru.broker.metadata;

import dev.naru.log.DurableCallback;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Keeps encoded records; becomes durable when the test says so, or at once. */
public final class MemoryRecordStore implements RecordStore {
  final List<ApiMessage> kept = new ArrayList<>();
  final List<DurableCallback> waiting = new ArrayList<>();
  boolean held;
  long outgrownAfter = Long.MAX_VALUE;
  int rewrites;

  @Override
  public boolean load(Consumer<ApiMessage> replay) {
    kept.forEach(replay);
    return !kept.isEmpty();
  }

  @Override
  public void append(List<ApiMessageAndVersion> records, long nowMs, DurableCallback durable) {
    var encoded = MemoryRecords.readableRecords(MetadataRecords.encode(records, nowMs));
    for (Record record : encoded.records()) {
      kept.add(MetadataRecords.decode(record.value()));
    }
    if (held) {
      waiting.add(durable);
    } else {
      durable.complete(null);
    }
  }

  @Override
  public void rewrite(List<ApiMessageAndVersion> state, long nowMs, DurableCallback durable) {
    rewrites++;
    kept.clear();
    append(state, nowMs, durable);
  }

  @Override
  public boolean outgrown() {
    return kept.size() > outgrownAfter;
  }
}

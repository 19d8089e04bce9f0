package dev.naru.connect.jdbc;

import dev.naru.connect.common.Pause;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** A source task under test: plays Connect's part towards it, and turns its clock. */
final class SourceRun implements AutoCloseable {
  private static final int POLLS_MAX = 10_000;
  private static final long TURN_MS = 1_000;

  private final JdbcSourceTask task;
  private final Map<Map<String, ?>, Map<String, Object>> offsets;
  private long nowMs = 1_000_000;

  SourceRun(Map<String, String> props, Map<Map<String, ?>, Map<String, Object>> offsets) {
    this.offsets = offsets;
    this.task =
        new JdbcSourceTask(
            () -> nowMs,
            new Pause() {
              @Override
              public boolean await(long ms) {
                return isStopped();
              }
            });
    OffsetStorageReader reader =
        (OffsetStorageReader)
            Proxy.newProxyInstance(
                SourceRun.class.getClassLoader(),
                new Class<?>[] {OffsetStorageReader.class},
                (proxy, method, args) -> this.offsets.get(args[0]));
    SourceTaskContext context =
        (SourceTaskContext)
            Proxy.newProxyInstance(
                SourceRun.class.getClassLoader(),
                new Class<?>[] {SourceTaskContext.class},
                (proxy, method, args) -> reader);
    task.initialize(context);
    task.start(new HashMap<>(props));
  }

  void turnClock(long ms) {
    nowMs += ms;
  }

  /** One poll; records are not remembered as sent. */
  List<SourceRecord> poll() {
    try {
      List<SourceRecord> records = task.poll();
      return records == null ? List.of() : records;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Remembers a record's offset, as Connect does once the record is sent. */
  void sent(SourceRecord record) {
    @SuppressWarnings("unchecked")
    Map<String, Object> offset = (Map<String, Object>) record.sourceOffset();
    offsets.put(record.sourcePartition(), offset);
  }

  /** Polls until there were records and then none for a few turns of the clock. */
  List<SourceRecord> drain() {
    List<SourceRecord> all = new ArrayList<>();
    int empty = 0;
    for (int i = 0; i < POLLS_MAX && empty < 4; i++) {
      List<SourceRecord> records = poll();
      if (records.isEmpty()) {
        empty++;
        turnClock(TURN_MS);
      } else {
        empty = 0;
        records.forEach(this::sent);
        all.addAll(records);
      }
    }
    return all;
  }

  @Override
  public void close() {
    task.stop();
  }
}

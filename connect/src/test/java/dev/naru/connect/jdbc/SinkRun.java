package dev.naru.connect.jdbc;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** A sink task under test: plays Connect's part towards it. */
final class SinkRun implements AutoCloseable {
  private final JdbcSinkTask task = new JdbcSinkTask();
  final List<String> reported = new ArrayList<>();
  final List<Long> timeouts = new ArrayList<>();
  final List<String> sentBack = new ArrayList<>();
  private long offset;

  SinkRun(Map<String, String> connection, Map<String, String> more, boolean tolerant) {
    Map<String, String> props = new HashMap<>(connection);
    props.put("name", "test");
    props.put("topics", "things");
    props.putAll(more);
    ErrantRecordReporter reporter =
        (record, error) -> {
          reported.add(error.getMessage());
          return CompletableFuture.completedFuture(null);
        };
    SinkTaskContext context =
        (SinkTaskContext)
            Proxy.newProxyInstance(
                SinkRun.class.getClassLoader(),
                new Class<?>[] {SinkTaskContext.class},
                (proxy, method, args) ->
                    switch (method.getName()) {
                      case "errantRecordReporter" -> tolerant ? reporter : null;
                      case "offset" -> {
                        sentBack.add(args[0] + "@" + args[1]);
                        yield null;
                      }
                      case "timeout" -> {
                        timeouts.add((Long) args[0]);
                        yield null;
                      }
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    task.initialize(context);
    task.start(props);
  }

  SinkRecord record(Object key, Schema valueSchema, Object value) {
    return new SinkRecord("things", 0, null, key, valueSchema, value, offset++);
  }

  SinkRecord map(String key, Object... namesAndValues) {
    Map<String, Object> value = new java.util.LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      value.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return record(key, null, value);
  }

  SinkRecord tombstone(String key) {
    return record(key, null, null);
  }

  /** The next record comes from this offset. */
  SinkRun at(long next) {
    offset = next;
    return this;
  }

  SinkRun put(SinkRecord... records) {
    task.put(List.of(records));
    return this;
  }

  SinkRun put(Collection<SinkRecord> records) {
    task.put(records);
    return this;
  }

  @Override
  public void close() {
    task.stop();
  }
}

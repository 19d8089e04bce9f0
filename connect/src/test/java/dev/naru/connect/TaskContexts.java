package dev.naru.connect;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** Plays Connect's part towards tasks under test. */
public final class TaskContexts {
  private TaskContexts() {}

  /** A context whose offsets are those of a map. */
  public static SourceTaskContext source(Map<Map<String, ?>, Map<String, ?>> offsets) {
    OffsetStorageReader reader =
        proxy(OffsetStorageReader.class, (method, args) -> offsets.get(args[0]));
    return proxy(SourceTaskContext.class, (method, args) -> reader);
  }

  /**
   * A context that takes note of pauses, and of bad records if they are tolerated.
   *
   * @param reported what bad records were reported for; null when they are not tolerated
   */
  public static SinkTaskContext sink(List<Long> timeouts, List<String> reported) {
    ErrantRecordReporter reporter =
        (record, error) -> {
          reported.add(error.getMessage());
          return CompletableFuture.completedFuture(null);
        };
    return proxy(
        SinkTaskContext.class,
        (method, args) ->
            switch (method) {
              case "errantRecordReporter" -> reported == null ? null : reporter;
              case "timeout" -> {
                timeouts.add((Long) args[0]);
                yield null;
              }
              default -> throw new UnsupportedOperationException(method);
            });
  }

  private interface Answer {
    Object to(String method, Object[] args);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            TaskContexts.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> answer.to(method.getName(), args)));
  }

  /** Options from names and values. */
  public static Map<String, String> options(String... namesAndValues) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      options.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return options;
  }
}

package dev.naru.connect.common;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * A sink connector that does nothing itself: it checks its options and hands them to its tasks.
 * Connect starts it on a thread of the connector's and asks for the tasks' options from another
 * one, later.
 */
public abstract class NaruSinkConnector extends SinkConnector {
  private final Class<? extends Task> task;
  private final String where;
  private final Consumer<Map<String, String>> check;
  private Map<String, String> properties;

  /**
   * A connector, which knows nothing of its options yet.
   *
   * @param where the option that gets the sentence when options are wrong only together
   * @param check builds the configuration and throws {@link
   *     org.apache.kafka.common.config.ConfigException}
   */
  protected NaruSinkConnector(
      Class<? extends Task> task, String where, Consumer<Map<String, String>> check) {
    this.task = task;
    this.where = where;
    this.check = check;
  }

  @Override
  public final void start(Map<String, String> props) {
    check.accept(props);
    properties = Map.copyOf(props);
  }

  @Override
  public final Class<? extends Task> taskClass() {
    return task;
  }

  /** What the user set, for as many tasks as there may be. */
  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return Collections.nCopies(maxTasks, properties);
  }

  @Override
  public final void stop() {
    // Nothing runs outside the tasks.
  }

  @Override
  public final Config validate(Map<String, String> props) {
    return Options.checkedTogether(super.validate(props), props, where, check);
  }

  @Override
  public final String version() {
    return PluginVersion.get();
  }
}

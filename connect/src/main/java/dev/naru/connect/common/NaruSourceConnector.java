package dev.naru.connect.common;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * A source connector, as far as all of Naru's are the same: it checks its options and hands them to
 * its tasks. Connect starts it on a thread of the connector's and asks for the tasks' options from
 * another one, later.
 *
 * @param <C> the configuration
 */
public abstract class NaruSourceConnector<C> extends SourceConnector {
  private final Class<? extends Task> task;
  private final String where;
  private final Function<Map<String, String>, C> read;
  private Map<String, String> properties;
  private C config;

  /**
   * A connector, which knows nothing of its options yet.
   *
   * @param where the option that gets the sentence when options are wrong only together
   * @param read builds the configuration and throws {@link
   *     org.apache.kafka.common.config.ConfigException}
   */
  protected NaruSourceConnector(
      Class<? extends Task> task, String where, Function<Map<String, String>, C> read) {
    this.task = task;
    this.where = where;
    this.read = read;
  }

  @Override
  public void start(Map<String, String> props) {
    config = read(props);
    properties = Map.copyOf(props);
  }

  private C read(Map<String, String> props) {
    return read.apply(props);
  }

  /** What the user set, read; null until the connector is started. */
  protected final C settings() {
    return config;
  }

  @Override
  public final Class<? extends Task> taskClass() {
    return task;
  }

  /** One task, with what the user set. */
  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(properties);
  }

  /** What the user set, and what a task is told besides. */
  protected final Map<String, String> taskConfig(Map<String, String> besides) {
    Map<String, String> taskConfig = new HashMap<>(properties);
    taskConfig.putAll(besides);
    return taskConfig;
  }

  @Override
  public void stop() {
    // Nothing runs outside the tasks.
  }

  @Override
  public final Config validate(Map<String, String> props) {
    return Options.checkedTogether(super.validate(props), props, where, this::read);
  }

  @Override
  public final String version() {
    return PluginVersion.get();
  }
}

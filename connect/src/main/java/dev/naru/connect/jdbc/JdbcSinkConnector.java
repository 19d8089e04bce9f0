package dev.naru.connect.jdbc;

import dev.naru.connect.common.Options;
import dev.naru.connect.common.PluginVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Carries topics into the tables of a database: PostgreSQL, MariaDB, MySQL, H2 or SQLite. */
public final class JdbcSinkConnector extends SinkConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> props) {
    new JdbcSinkConfig(props);
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return JdbcSinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks).mapToObj(this::taskConfig).toList();
  }

  private Map<String, String> taskConfig(int task) {
    Map<String, String> config = new HashMap<>(properties);
    config.put(JdbcSinkConfig.TASK, String.valueOf(task));
    return config;
  }

  @Override
  public void stop() {
    properties = null;
  }

  @Override
  public Config validate(Map<String, String> props) {
    return Options.checkedTogether(
        super.validate(props), props, JdbcSinkConfig.PK_MODE, JdbcSinkConfig::new);
  }

  @Override
  public ConfigDef config() {
    return JdbcSinkConfig.DEFINITION;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}

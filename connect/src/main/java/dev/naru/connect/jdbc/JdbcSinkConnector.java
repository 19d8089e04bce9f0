package dev.naru.connect.jdbc;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Carries topics into the tables of a database: PostgreSQL, MariaDB, MySQL or H2. */
public final class JdbcSinkConnector extends SinkConnector {
  static final String VERSION =
      version(JdbcSinkConnector.class.getPackage().getImplementationVersion());

  private Map<String, String> properties;

  private static String version(String packaged) {
    return packaged == null ? "0.1.0" : packaged;
  }

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
  public ConfigDef config() {
    return JdbcSinkConfig.DEFINITION;
  }

  @Override
  public String version() {
    return VERSION;
  }
}

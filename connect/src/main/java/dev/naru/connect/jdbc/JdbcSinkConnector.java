package dev.naru.connect.jdbc;

import dev.naru.connect.common.NaruSinkConnector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** Carries topics into the tables of a database: PostgreSQL, MariaDB, MySQL, H2 or SQLite. */
public final class JdbcSinkConnector extends NaruSinkConnector {
  public JdbcSinkConnector() {
    super(JdbcSinkTask.class, JdbcSinkConfig.PK_MODE, JdbcSinkConfig::new);
  }

  /** A task has a number, by which the beans with its figures differ. */
  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    List<Map<String, String>> configs = new ArrayList<>();
    for (Map<String, String> config : super.taskConfigs(maxTasks)) {
      Map<String, String> numbered = new HashMap<>(config);
      numbered.put(JdbcSinkConfig.TASK, String.valueOf(configs.size()));
      configs.add(numbered);
    }
    return configs;
  }

  @Override
  public ConfigDef config() {
    return JdbcSinkConfig.DEFINITION;
  }
}

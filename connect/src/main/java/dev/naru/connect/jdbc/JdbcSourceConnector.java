package dev.naru.connect.jdbc;

import dev.naru.connect.common.Options;
import dev.naru.connect.common.PluginVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.util.ConnectorUtils;

/**
 * Reads tables of a database, or a query, into topics, again and again: PostgreSQL, MariaDB, MySQL,
 * H2 or SQLite.
 */
public final class JdbcSourceConnector extends SourceConnector {
  private static final long FIRST_LOOK_MS = 3_000;

  private Map<String, String> properties;
  private JdbcSourceConfig config;
  private TableWatch watch;

  @Override
  public void start(Map<String, String> props) {
    config = new JdbcSourceConfig(props);
    properties = Map.copyOf(props);
    if (!config.isQuery()) {
      watch = new TableWatch(config, context());
      watch.start();
    }
  }

  @Override
  public Class<? extends Task> taskClass() {
    return JdbcSourceTask.class;
  }

  /** None while the tables are not known; Connect asks again when they are. */
  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    if (config.isQuery()) {
      return List.of(taskConfig(0, ""));
    }
    List<SourceTable> tables = watch.tables(FIRST_LOOK_MS);
    if (tables.isEmpty()) {
      return List.of();
    }
    List<Map<String, String>> tasks = new ArrayList<>();
    for (List<SourceTable> share :
        ConnectorUtils.groupPartitions(tables, Math.min(maxTasks, tables.size()))) {
      tasks.add(taskConfig(tasks.size(), SourceTable.encode(share)));
    }
    return tasks;
  }

  private Map<String, String> taskConfig(int task, String tables) {
    Map<String, String> taskProperties = new HashMap<>(properties);
    taskProperties.put(DatabaseConfig.TASK, String.valueOf(task));
    taskProperties.put(JdbcSourceConfig.TASK_TABLES, tables);
    return taskProperties;
  }

  @Override
  public void stop() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  @Override
  public Config validate(Map<String, String> props) {
    return Options.checkedTogether(
        super.validate(props), props, JdbcSourceConfig.MODE, JdbcSourceConfig::new);
  }

  /**
   * Rows that are read as a whole have no place to go on from, and neither have those of a query
   * that have the same timestamp.
   */
  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> props) {
    JdbcSourceConfig wanted = new JdbcSourceConfig(props);
    return switch (wanted.mode()) {
      case INCREMENTING, TIMESTAMP_INCREMENTING -> ExactlyOnceSupport.SUPPORTED;
      case TIMESTAMP ->
          wanted.isQuery() ? ExactlyOnceSupport.UNSUPPORTED : ExactlyOnceSupport.SUPPORTED;
      case BULK -> ExactlyOnceSupport.UNSUPPORTED;
    };
  }

  /** Offsets are the values of the columns that order the rows (KIP-875). */
  @Override
  public boolean alterOffsets(
      Map<String, String> props, Map<Map<String, ?>, Map<String, ?>> offsets) {
    offsets
        .keySet()
        .forEach(
            partition -> {
              boolean known = partition.containsKey("table") || partition.containsKey("query");
              if (!known || partition.size() != 1) {
                throw new ConnectException(
                    "An offset of this connector belongs to {\"table\": \"schema.table\"} or {\"query\": \"query\"}, not to "
                        + partition
                        + ".");
              }
            });
    return true;
  }

  @Override
  public ConfigDef config() {
    return JdbcSourceConfig.DEFINITION;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}

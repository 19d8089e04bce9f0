package dev.naru.connect.jdbc;

import dev.naru.connect.common.NaruSourceConnector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.util.ConnectorUtils;

/**
 * Reads tables of a database, or a query, into topics, again and again: PostgreSQL, MariaDB, MySQL,
 * H2 or SQLite.
 */
public final class JdbcSourceConnector extends NaruSourceConnector<JdbcSourceConfig> {
  private static final long FIRST_LOOK_MS = 3_000;

  private TableWatch watch;

  public JdbcSourceConnector() {
    super(JdbcSourceTask.class, JdbcSourceConfig.MODE, JdbcSourceConfig::new);
  }

  @Override
  public void start(Map<String, String> props) {
    super.start(props);
    if (!settings().isQuery()) {
      watch = new TableWatch(settings(), context());
      watch.start();
    }
  }

  /** None while the tables are not known; Connect asks again when they are. */
  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    if (settings().isQuery()) {
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
    return taskConfig(
        Map.of(DatabaseConfig.TASK, String.valueOf(task), JdbcSourceConfig.TASK_TABLES, tables));
  }

  @Override
  public void stop() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
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
}

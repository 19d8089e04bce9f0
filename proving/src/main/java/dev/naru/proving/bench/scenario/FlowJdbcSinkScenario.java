package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import dev.naru.proving.flows.ConnectRest;
import dev.naru.proving.flows.Postgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * JSON records of one partition into a table of a PostgreSQL, by one task of the JDBC sink in the
 * node; and beside it, as the limit, the same rows by plain JDBC from this process: the same table,
 * the sink's own settings of the driver (batches rewritten as inserts of many rows), and a commit
 * after each thousand rows in both. The first quarter of the rows warms both up.
 */
final class FlowJdbcSinkScenario implements Scenario {
  private static final String CONNECTOR = "orders-to-postgres";

  /** The sink's own default. */
  private static final int BATCH = 1_000;

  /** What the sink sets, see PostgresDialect. */
  private static final Map<String, String> DRIVER =
      Map.of(
          "reWriteBatchedInserts", "true",
          "tcpKeepAlive", "true",
          "connectTimeout", "10",
          "socketTimeout", "120");

  private static final int WARM_UP_PART = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long LOOK_MS = 10;
  private static final long ASK_CONNECTOR_NS = 1_000_000_000;

  @Override
  public String name() {
    return "flows/jdbc-sink";
  }

  @Override
  public String title() {
    return "JDBC sink: 1 million JSON records into a table of PostgreSQL; limit: bare batched inserts";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public boolean hasLimit() {
    return true;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    int rows = FlowScale.of(trial.scale()).rows();
    try (Postgres postgres = new Postgres(trial.directory().resolve("postgres"));
        Connection connection = postgres.connect(Map.of())) {
      execute(connection, FlowRow.CREATE);
      BenchNode node = trial.node();
      Topic topic = node.createTopic(1);
      fill(node, topic, rows);
      ConnectRest rest = FlowConnectors.rest(node);
      rest.create(CONNECTOR, config(postgres, topic));
      awaitRows(connection, rest, rows / WARM_UP_PART);
      long before = rows(connection);
      Window window = Window.open(node.meter());
      awaitRows(connection, rest, rows);
      Window.Span span = window.close();
      Figures figures =
          new Figures()
              .put(Measure.ROWS, (rows - before) / span.seconds())
              .put(Measure.CPU_PER_THOUSAND, span.cpuSeconds() * 1e3 / (rows - before))
              .resident(node.meter());
      check(connection, rows);
      node.close(); // Its connection is gone then, and the server can end.
      return figures;
    } catch (SQLException e) {
      throw new IOException("PostgreSQL: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> config(Postgres postgres, Topic topic) {
    return Map.of(
        "connector.class",
        "dev.naru.connect.jdbc.JdbcSinkConnector",
        "topics",
        topic.name(),
        "connection.url",
        postgres.url(),
        "connection.user",
        Postgres.USER,
        "table.name.format",
        FlowRow.TABLE,
        "insert.mode",
        "insert",
        "pk.mode",
        "none",
        // Connect commits what it hands over at a time: 500 records, unless it is told otherwise.
        "consumer.override.max.poll.records",
        String.valueOf(BATCH));
  }

  private static void fill(BenchNode node, Topic topic, int rows) throws IOException {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", node.bootstrap(),
            "linger.ms", "20",
            "batch.size", "131072",
            "enable.metrics.push", "false");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (long id = 0; id < rows; id++) {
        producer.send(new ProducerRecord<>(topic.name(), 0, null, new FlowRow(id).json()));
      }
      producer.flush();
    }
    node.verification().check(topic, rows);
  }

  /** Rows come in the order of their numbers, so the largest tells how many there are. */
  private static long rows(Connection connection) throws SQLException {
    return ask(connection, "SELECT coalesce(max(id) + 1, 0) FROM " + FlowRow.TABLE);
  }

  private static void awaitRows(Connection connection, ConnectRest rest, long rows)
      throws SQLException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    long askNs = System.nanoTime() + ASK_CONNECTOR_NS;
    while (rows(connection) < rows) {
      long nowNs = System.nanoTime();
      if (nowNs > deadlineNs) {
        throw new NodeError("only " + rows(connection) + " rows: " + rest.status(CONNECTOR));
      }
      if (nowNs > askNs) {
        askNs = nowNs + ASK_CONNECTOR_NS;
        rest.running(CONNECTOR);
      }
      BenchNode.pause(LOOK_MS);
    }
  }

  @Override
  public Figures runLimit(Trial trial) throws IOException {
    int rows = FlowScale.of(trial.scale()).rows();
    try (Postgres postgres = new Postgres(trial.directory().resolve("postgres"));
        Connection connection = postgres.connect(DRIVER)) {
      execute(connection, FlowRow.CREATE);
      connection.setAutoCommit(false);
      int warm = rows / WARM_UP_PART;
      insert(connection, 0, warm);
      long startNs = System.nanoTime();
      insert(connection, warm, rows);
      double seconds = (System.nanoTime() - startNs) / 1e9;
      check(connection, rows);
      return new Figures().put(Measure.ROWS, (rows - warm) / seconds);
    } catch (SQLException e) {
      throw new IOException("PostgreSQL: " + e.getMessage(), e);
    }
  }

  private static void insert(Connection connection, int from, int to) throws SQLException {
    for (int first = from; first < to; first += BATCH) {
      try (PreparedStatement insert = connection.prepareStatement(FlowRow.INSERT)) {
        for (int id = first; id < Math.min(to, first + BATCH); id++) {
          new FlowRow(id).bind(insert);
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
    }
  }

  /** All rows are there, each once, with what belongs into them. */
  private static void check(Connection connection, int rows) throws SQLException {
    long count = ask(connection, "SELECT count(*) FROM " + FlowRow.TABLE);
    long quantities = ask(connection, "SELECT sum(quantity) FROM " + FlowRow.TABLE);
    if (count != rows || quantities != FlowRow.quantities(rows)) {
      throw new NodeError(
          "of %d rows %d are there, with %d pieces instead of %d"
              .formatted(rows, count, quantities, FlowRow.quantities(rows)));
    }
  }

  private static long ask(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(query)) {
      answer.next();
      return answer.getLong(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

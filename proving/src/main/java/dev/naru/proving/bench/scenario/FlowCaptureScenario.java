package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.flows.ConnectRest;
import dev.naru.proving.flows.MariaDb;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * From the time at which a transaction in MariaDB was to commit to the arrival of its rows at a
 * consumer that waits at the topic's end, by way of Debezium's connector in the node: a thousand
 * rows a second in a hundred transactions, whether earlier ones have arrived or not, so that
 * whatever stands still counts for all rows that wait behind it.
 */
final class FlowCaptureScenario implements Scenario {
  private static final String PLUGIN = "debezium-mariadb";
  private static final String CONNECTOR = "changes";
  private static final String DATABASE = "shop";
  private static final String TOPIC = "captured." + DATABASE + "." + FlowWriter.TABLE;

  /** What docs/connect.md says that the user needs. */
  private static final String RIGHTS =
      "SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, BINLOG MONITOR,"
          + " SLAVE MONITOR, LOCK TABLES";

  private static final Pattern NUMBER = Pattern.compile("-?\\d+");
  private static final long HIGHEST_US = TimeUnit.MINUTES.toMicros(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "flows/capture";
  }

  @Override
  public String title() {
    return "lag of changes in MariaDB, captured by Debezium's connector, at 1,000 rows a second";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.newNode(Map.of(), Map.of());
    FlowConnectors.install(trial, node, PLUGIN);
    try (MariaDb mariaDb = new MariaDb(trial.directory().resolve("mariadb"), DATABASE);
        Connection connection = mariaDb.connect(DATABASE)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(FlowWriter.CREATE);
        statement.execute("CREATE USER 'capture'@'127.0.0.1' IDENTIFIED BY 'capture'");
        statement.execute("GRANT " + RIGHTS + " ON *.* TO 'capture'@'127.0.0.1'");
      }
      node.process().start();
      ConnectRest rest = FlowConnectors.rest(node);
      rest.create(CONNECTOR, config(mariaDb, node));
      rest.awaitRunning(CONNECTOR);
      try (KafkaConsumer<String, String> consumer = FlowConnectors.consumer(node)) {
        awaitCapture(connection, consumer, rest);
        Figures figures = new Figures().latencies(lags(trial, mariaDb, consumer, rest));
        figures.resident(node.meter());
        node.close();
        return figures;
      }
    } catch (SQLException e) {
      throw new IOException("MariaDB: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> config(MariaDb mariaDb, BenchNode node) {
    Map<String, String> config = new TreeMap<>();
    config.put("connector.class", "io.debezium.connector.mariadb.MariaDbConnector");
    config.put("topic.prefix", "captured");
    config.put("database.hostname", "127.0.0.1");
    config.put("database.port", String.valueOf(mariaDb.port()));
    config.put("database.user", "capture");
    config.put("database.password", "capture");
    config.put("database.server.id", "5401");
    config.put("database.ssl.mode", "disable");
    config.put("database.include.list", DATABASE);
    config.put("include.schema.changes", "false");
    config.put("poll.interval.ms", "100");
    config.put("schema.history.internal.kafka.bootstrap.servers", node.bootstrap());
    config.put("schema.history.internal.kafka.topic", "captured-schema-history");
    return config;
  }

  /** Writes rows that do not count until one of them arrives as a change, not as a snapshot. */
  private static void awaitCapture(
      Connection connection, KafkaConsumer<String, String> consumer, ConnectRest rest)
      throws SQLException {
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    for (int i = 1; System.nanoTime() < deadlineNs; i++) {
      FlowWriter.insert(connection, -i, 1);
      rest.running(CONNECTOR);
      for (ConsumerRecord<String, String> change : consumer.poll(POLL)) {
        if (change.value().contains("\"op\":\"c\"")) {
          return;
        }
      }
    }
    throw new NodeError("no change was captured: " + rest.status(CONNECTOR));
  }

  /** The lag of each row that was written once all was warm, in microseconds. */
  private static Histogram lags(
      Trial trial, MariaDb mariaDb, KafkaConsumer<String, String> consumer, ConnectRest rest)
      throws SQLException {
    long warmUpMs = trial.scale().warmUp().toMillis();
    int seconds = FlowScale.of(trial.scale()).captureSeconds();
    int warmUpRows = (int) (warmUpMs * FlowWriter.ROWS_PER_SECOND / 1_000);
    int rows = warmUpRows + seconds * FlowWriter.ROWS_PER_SECOND;
    Histogram lagsUs = new Histogram(HIGHEST_US, 3);
    BitSet arrived = new BitSet(rows);
    try (FlowWriter writer = new FlowWriter(mariaDb, DATABASE, rows)) {
      writer.start();
      long deadlineNs = System.nanoTime() + writer.durationNs() + PATIENCE.toNanos();
      while (arrived.cardinality() < rows) {
        if (System.nanoTime() > deadlineNs) {
          throw new NodeError(
              "of %d rows %d were captured: %s"
                  .formatted(rows, arrived.cardinality(), rest.status(CONNECTOR)));
        }
        writer.requireHealthy();
        Iterable<ConsumerRecord<String, String>> changes = consumer.poll(POLL);
        long nowNs = System.nanoTime();
        for (ConsumerRecord<String, String> change : changes) {
          int id = id(change);
          if (id >= 0 && arrived.get(id)) {
            throw new NodeError("row " + id + " was captured twice");
          }
          if (id >= 0) {
            arrived.set(id);
          }
          if (id >= warmUpRows) {
            long lagUs = TimeUnit.NANOSECONDS.toMicros(nowNs - writer.dueNs(id));
            lagsUs.recordValue(Math.min(HIGHEST_US, Math.max(0, lagUs)));
          }
        }
      }
    }
    return lagsUs;
  }

  /** The key is the row's, as Connect writes a structure of one number as a text. */
  private static int id(ConsumerRecord<String, String> change) {
    Matcher number = NUMBER.matcher(change.key());
    if (!number.find()) {
      throw new NodeError("a change has no row: " + change.key());
    }
    return Integer.parseInt(number.group());
  }
}

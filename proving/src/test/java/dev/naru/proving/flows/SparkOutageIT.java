package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A job of which the database goes away, and whose models follow one another. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class SparkOutageIT {
  private final Path folder = SharedNode.newDirectory("spark-outage");

  @Test
  void aDatabaseThatIsAwayIsWaitedForAndHasEveryRowOnce() throws Exception {
    int port = FreePort.next();
    String topic = topic();
    Path job =
        Files.writeString(
            folder.resolve("job.yaml"),
            """
            name: outage
            trigger: 200 ms
            sources:
              numbers: {topic: %s, schema: n BIGINT}
            transform: {sql: SELECT n FROM numbers}
            sinks:
              - table: numbers
                url: jdbc:postgresql://127.0.0.1:%d/postgres
                user: postgres
            """
                .formatted(topic, port));
    // It is not there when the job begins, either.
    try (SparkRun run = SparkRun.start(folder, job, SharedNode.bootstrap(), Map.of())) {
      run.await("that it waits", () -> run.output().contains("table-numbers waits: "));
      produce(topic, 0, 100, "");
      try (EmbeddedPostgres database = database(port)) {
        run.await("the first rows", () -> count(port, "COUNT(*)") == 100);
        assertEquals(port, database.getPort());
      }
      produce(topic, 100, 200, "");
      run.await(
          "that it waits again", () -> run.output().split("table-numbers waits: ").length > 2);
      try (EmbeddedPostgres database = database(port)) {
        run.await("all rows", () -> count(port, "COUNT(*)") == 200);
        assertEquals(200, count(port, "COUNT(DISTINCT n)"));
        run.stop();
        assertEquals(port, database.getPort());
      }
    }
  }

  @Test
  void aModelThatIsTooOldIsFollowedByAnotherOneWhileRecordsAreScored() throws Exception {
    String topic = topic();
    String scores = Clients.unique("scores");
    Path job =
        Files.writeString(
            folder.resolve("model.yaml"),
            """
            name: groups
            trigger: 200 ms
            sources:
              numbers: {topic: %s, schema: "n BIGINT, size DOUBLE"}
            transform: {sql: "SELECT n, size FROM numbers"}
            model:
              algorithm: kmeans
              params: {k: 2}
              features: {number: size}
              min-rows: 50
              retrain: 3 seconds
              keep: 2
              output: SELECT n, model FROM scored
            sinks:
              - topic: %s
                partitions: 1
            """
                .formatted(topic, scores));
    produce(topic, 0, 20, ", \"size\": %d");
    Set<String> models = new HashSet<>();
    try (SparkRun run = SparkRun.start(folder, job, SharedNode.bootstrap(), Map.of())) {
      run.await("that it waits for rows", () -> run.output().contains("20 rows to train on"));
      int[] next = {20};
      run.await(
          "three models",
          () -> {
            produce(topic, next[0], next[0] + 40, ", \"size\": %d");
            next[0] += 40;
            return run.output().split(" trained: ").length > 3;
          });
      run.await(
          "all scores", () -> Clients.readValues(SharedNode.bootstrap(), scores).size() == next[0]);
      run.stop();
    }
    for (String value : Clients.readValues(SharedNode.bootstrap(), scores)) {
      models.add(value.replaceFirst(".*\"model\":", ""));
    }
    assertTrue(models.size() > 1, models.toString());
    try (var kept = Files.list(folder.resolve("naru-data/spark/groups/models"))) {
      assertEquals(2, kept.count());
    }
  }

  private EmbeddedPostgres database(int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(folder.resolve("postgres"))
        .setCleanDataDirectory(false)
        .start();
  }

  private static String topic() {
    try (Admin admin = Clients.admin(SharedNode.bootstrap())) {
      return Clients.createTopic(admin, "numbers", 2);
    }
  }

  private static void produce(String topic, int from, int to, String more) {
    try (Producer<String, String> producer = Clients.producer(SharedNode.bootstrap())) {
      for (int n = from; n < to; n++) {
        String value = "{\"n\": " + n + more.formatted(n % 2 * 1_000 + n % 10) + "}";
        producer.send(new ProducerRecord<>(topic, value));
      }
    }
  }

  private static long count(int port, String what) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      try (ResultSet there = statement.executeQuery("SELECT to_regclass('numbers') IS NOT NULL")) {
        there.next();
        if (!there.getBoolean(1)) {
          return 0;
        }
      }
      try (ResultSet row = statement.executeQuery("SELECT " + what + " FROM numbers")) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}

package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Flows 3 and 4: the jobs of {@code examples/spark} and one like them, killed while they run. */
@Tag("once")
class SparkFlowIT {
  private static final Path EXAMPLES = Places.root().resolve("examples").resolve("spark");
  private static final Instant BEGIN = Instant.parse("2026-01-31T08:30:00Z");
  private static final int PARTITIONS = 3;

  private static TestNode node;
  private static EmbeddedPostgres database;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.create(TestNode.Kind.NARU, SharedNode.newDirectory("spark"), Map.of());
    node.start();
    database = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    if (database != null) {
      database.close();
    }
    if (node != null) {
      node.close();
    }
  }

  // ---- Flow 3 ---------------------------------------------------------------------------------

  @Test
  void pagesAreCountedOnceByHourAlthoughTheJobIsKilled() throws Exception {
    createTopic("pages");
    Path folder = SharedNode.newDirectory("spark-pages");
    Map<String, String> environment =
        Map.of("DB_URL", database.getJdbcUrl("postgres", "postgres"), "DB_USER", "postgres");
    Path byHour = EXAMPLES.resolve("pages-by-hour.yaml");
    Pages pages = new Pages();
    try (SparkRun run = SparkRun.start(folder, byHour, node.bootstrap(), environment)) {
      pages.produce(300);
      run.await("the first pages in the table", () -> counted() > 0);
      pages.produce(600);
      run.await("more of them", () -> counted() > 300);
      run.killSpark();
    }
    pages.produce(300);
    SparkRun.runToEnd(folder, byHour, node.bootstrap(), environment, "--once");
    assertEquals(pages.expected, byHostAndHour());
    assertEquals(pages.count, counted());
    List<ConsumerRecord<String, String>> malformed = read("pages-malformed");
    assertEquals(pages.malformed, malformed.stream().map(ConsumerRecord::value).sorted().toList());
    assertEquals("pages-by-hour", header(malformed.get(0), "naru.spark.job"));
    assertEquals("pages", header(malformed.get(0), "naru.spark.topic"));
    if (Boolean.getBoolean("soak")) {
      SparkRun.runToEnd(
          folder, EXAMPLES.resolve("pages-summary.yaml"), node.bootstrap(), environment);
      assertEquals(pages.count, number("SELECT SUM(pages) FROM pages_summary"));
    }
  }

  /** Pages of four hosts, each fetched nine seconds after the one before, and what is no page. */
  private static final class Pages {
    final Map<String, Long> expected = new TreeMap<>();
    final List<String> malformed = new ArrayList<>();
    long count;

    /** In small pieces: what is read of one partition must not be far ahead of another one. */
    void produce(int records) {
      try (Producer<String, String> producer = Clients.producer(node.bootstrap())) {
        for (int i = 0; i < records; i++) {
          send(producer);
          if (i % 30 == 0) {
            producer.flush();
          }
        }
      }
    }

    private void send(Producer<String, String> producer) {
      String host = "host" + (count % 4) + ".example";
      Instant fetched = BEGIN.plusSeconds(9 * count);
      String url = "http://" + host + "/page/" + count;
      String value =
          """
          {"url": "%s", "title": "Page %d", "text": "some words", "content_bytes": 1000,
           "links": [], "fetched_at": "%s", "depth": 1}"""
              .formatted(url, count, fetched);
      int partition = (int) (count % PARTITIONS);
      producer.send(new ProducerRecord<>("pages", partition, url, value));
      if (count % 100 == 0) {
        String broken = "{\"url\": \"%05d".formatted(count);
        malformed.add(broken);
        producer.send(new ProducerRecord<>("pages", partition, url, broken));
        producer.send(new ProducerRecord<>("pages", partition, "gone", null));
      }
      expected.merge(host + " " + fetched.truncatedTo(ChronoUnit.HOURS), 1L, Long::sum);
      count++;
    }
  }

  private static long counted() throws SQLException {
    return number("SELECT to_regclass('pages_by_hour') IS NOT NULL") == 0
        ? 0
        : number("SELECT COALESCE(SUM(pages), 0) FROM pages_by_hour");
  }

  private static Map<String, Long> byHostAndHour() throws SQLException {
    Map<String, Long> rows = new TreeMap<>();
    try (Connection connection = database.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT host, hour, pages FROM pages_by_hour")) {
      while (row.next()) {
        rows.put(row.getString(1) + " " + row.getTimestamp(2).toInstant(), row.getLong(3));
      }
    }
    return rows;
  }

  private static long number(String sql) throws SQLException {
    try (Connection connection = database.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertTrue(row.next());
      Object value = row.getObject(1);
      return value instanceof Boolean flag ? (flag ? 1 : 0) : ((Number) value).longValue();
    }
  }

  // ---- Flow 4 ---------------------------------------------------------------------------------

  private static final String LATE =
      """
      name: late-orders
      trigger: 200 ms
      sources:
        orders:
          topic: orders
          schema: id STRING, country STRING, amount DOUBLE, note STRING, late BOOLEAN
        incoming:
          topic: orders-incoming
          schema: id STRING, country STRING, amount DOUBLE, note STRING
          max-records-per-batch: 100
      transform:
        - view: to_score
          sql: SELECT id, country, amount, note FROM incoming
      model:
        algorithm: logistic-regression
        params: {maxIter: 30}
        train: SELECT * FROM orders
        features:
          - number: amount
          - category: country
          - text: note
            buckets: 64
        label: late
        min-rows: 200
        output: SELECT id, prediction, confidence, model FROM scored
      sinks:
        - topic: orders-judged
          key: id
      """;

  @Test
  void aModelLearnsFromATopicAndJudgesEachNewRecordOnceAlthoughTheJobIsKilled() throws Exception {
    createTopic("orders");
    createTopic("orders-incoming");
    Path folder = SharedNode.newDirectory("spark-model");
    Path job = Files.writeString(folder.resolve("late-orders.yaml"), LATE);
    Random random = new Random(7);
    Set<String> late = new HashSet<>();
    orders(random, "orders", IntStream.range(0, 500).mapToObj(i -> "old" + i).toList(), true, late);
    List<String> ids = IntStream.range(0, 400).mapToObj(i -> "new" + i).toList();
    late.clear();
    orders(random, "orders-incoming", ids.subList(0, 300), false, late);
    Path query = folder.resolve("naru-data/spark/late-orders/checkpoint/topic-orders-judged");
    try (SparkRun run = SparkRun.start(folder, job, node.bootstrap(), Map.of())) {
      run.await(
          "the first judgements, and Spark's note of them",
          () ->
              last(query, "commits") >= 0
                  && last(query, "commits") == last(query, "offsets")
                  && ends("orders-judged") == 300);
      run.killSpark();
      assertTrue(run.output().contains(" trained: 500 rows, accuracy "), run.output());
    }
    // As if it had been killed a moment earlier: the last batch is in the topic, and done again.
    int done = last(query, "commits");
    assertTrue(Files.deleteIfExists(query.resolve("commits/" + done)));
    assertTrue(Files.deleteIfExists(query.resolve("commits/." + done + ".crc")));
    orders(random, "orders-incoming", ids.subList(300, 400), false, late);
    String output = SparkRun.runToEnd(folder, job, node.bootstrap(), Map.of(), "--once");
    assertTrue(output.contains(" of before: 500 rows"), output);

    Set<String> models = new HashSet<>();
    List<String> judged = new ArrayList<>();
    int right = 0;
    Pattern row =
        Pattern.compile(
            "\\{\"id\":\"(\\w+)\",\"prediction\":\"(true|false)\",\"confidence\":([0-9.E-]+),"
                + "\"model\":\"([^\"]+)\"}");
    for (ConsumerRecord<String, String> record : read("orders-judged")) {
      Matcher fields = row.matcher(record.value());
      assertTrue(fields.matches(), record.value());
      assertEquals(record.key(), fields.group(1));
      judged.add(fields.group(1));
      models.add(fields.group(4));
      right += fields.group(2).equals(Boolean.toString(late.contains(fields.group(1)))) ? 1 : 0;
    }
    assertEquals(ids.size(), judged.size(), output);
    assertEquals(ids.stream().sorted().toList(), judged.stream().sorted().toList(), output);
    assertEquals(1, models.size(), "the model of before the kill was taken again");
    assertTrue(right >= 0.9 * ids.size(), right + " of " + ids.size() + " are right");
  }

  /** The number of the last batch that a query has noted there; -1 before the first one. */
  private static int last(Path query, String what) throws IOException {
    Path folder = query.resolve(what);
    if (!Files.isDirectory(folder)) {
      return -1;
    }
    try (Stream<Path> notes = Files.list(folder)) {
      return notes
          .map(note -> note.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .mapToInt(Integer::parseInt)
          .max()
          .orElse(-1);
    }
  }

  /**
   * Orders are late when they are large, or urgent, or go far; one in twenty is not as it should.
   */
  private static void orders(
      Random random, String topic, List<String> ids, boolean labelled, Set<String> late) {
    String[] countries = {"kr", "jp", "is"};
    String[] notes = {"please urgent and soon", "no hurry at all", "as usual"};
    try (Producer<String, String> producer = Clients.producer(node.bootstrap())) {
      int sent = 0;
      for (String id : ids) {
        int amount = random.nextInt(1_000);
        String country = countries[random.nextInt(3)];
        String note = notes[random.nextInt(3)];
        int reasons =
            (amount > 600 ? 1 : 0)
                + (country.equals("is") ? 1 : 0)
                + (note.startsWith("p") ? 1 : 0);
        boolean isLate = reasons >= 2;
        if (isLate) {
          late.add(id);
        }
        boolean told = isLate ^ (labelled && random.nextInt(20) == 0);
        String value =
            "{\"id\": \"%s\", \"country\": \"%s\", \"amount\": %d, \"note\": \"%s\"%s}"
                .formatted(id, country, amount, note, labelled ? ", \"late\": " + told : "");
        producer.send(new ProducerRecord<>(topic, sent++ % PARTITIONS, id, value));
      }
    }
  }

  // ---- Topics ---------------------------------------------------------------------------------

  private static void createTopic(String name) {
    try (Admin admin = Clients.admin(node.bootstrap())) {
      Clients.createTopic(admin, new NewTopic(name, PARTITIONS, (short) 1));
    }
  }

  private static List<ConsumerRecord<String, String>> read(String topic) {
    try (Admin admin = Clients.admin(node.bootstrap())) {
      int count =
          Clients.get(admin.describeTopics(List.of(topic)).allTopicNames())
              .get(topic)
              .partitions()
              .size();
      TopicPartition[] partitions =
          IntStream.range(0, count)
              .mapToObj(i -> new TopicPartition(topic, i))
              .toArray(TopicPartition[]::new);
      return Clients.readAll(node.bootstrap(), "read_committed", partitions);
    }
  }

  /** How many records are committed; 0 when the topic is not there. */
  private static int ends(String topic) {
    try (Admin admin = Clients.admin(node.bootstrap())) {
      if (!Clients.get(admin.listTopics().names()).contains(topic)) {
        return 0;
      }
    }
    return read(topic).size();
  }

  private static String header(ConsumerRecord<String, String> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}

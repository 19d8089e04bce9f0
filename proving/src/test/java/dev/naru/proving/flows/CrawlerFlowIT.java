package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.Places;
import dev.naru.proving.node.TestNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Flow 2: real pages of several hosts, by way of a topic, into a database, with the files of
 * examples/crawler, in Apache Kafka's own Connect worker. The worker is killed in the middle.
 */
@Tag("once")
class CrawlerFlowIT {
  private static final String TOPIC = "pages";

  /** What lies in the Javadoc of kafka-clients 4.3.1, each page once. */
  private static final int JAVADOC_PAGES = 706;

  /** What a few kills may leave twice: for each of them the records on their way. */
  private static final int AGAIN_MAX = 4_000;

  /** How PostgreSQL and MariaDB say that there is no such table. */
  private static final Set<String> NO_TABLE = Set.of("42P01", "42S02");

  /** How many tasks examples/crawler/crawler.json asks for. */
  private static final int TASKS = 2;

  private final Path folder = SharedNode.newDirectory("crawler-flow");
  private final List<PageSite> sites = new ArrayList<>();

  static {
    // The driver asserts that a broken connection still answers; nobody runs it with assertions.
    ClassLoader.getSystemClassLoader().setPackageAssertionStatus("org.postgresql", false);
  }

  @Test
  void pagesOfTwoHostsReachTheDatabase() throws Exception {
    Pages javadoc = Pages.ofJar(Places.demoSite());
    // Hosts of two tasks.
    sites.add(new PageSite("127.0.0.6", javadoc));
    sites.add(new PageSite("127.0.0.7", javadoc));
    try (TestNode node = TestNode.create(TestNode.Kind.chosen(), folder.resolve("node"), Map.of());
        EmbeddedPostgres database = EmbeddedPostgres.builder().start();
        CrawlerWorker worker = begin(node, database)) {
      await("a part of the pages", worker, () -> rows(database) >= 200);
      worker.kill();
      int before = rows(database);
      assertTrue(before < 2 * JAVADOC_PAGES, "killed in the middle: " + before);
      worker.start();
      await(
          "the end", worker, () -> worker.isFinished(TASKS) && rows(database) >= 2 * JAVADOC_PAGES);
      assertRowsArePages(node, database);
      assertEquals(2 * JAVADOC_PAGES, rows(database));
    } finally {
      closeSites();
    }
  }

  /** At least 5,000 pages of Debian's documentation, several hosts; worker and node are killed. */
  @Test
  @EnabledIfSystemProperty(named = "soak", matches = "true")
  void thousandsOfPagesOfManyHosts() throws Exception {
    int host = 6;
    for (Path documentation : documentation()) {
      sites.add(new PageSite("127.0.0." + host++, Pages.ofFolder(documentation)));
    }
    assumeTrue(
        sites.size() >= 3,
        "needs the Debian packages postgresql-doc-15, python3.11-doc, openjdk-17-doc and debian-handbook, installed or below -Dcrawl.sites=DIR");
    try (TestNode node = TestNode.create(TestNode.Kind.chosen(), folder.resolve("node"), Map.of());
        EmbeddedPostgres database = EmbeddedPostgres.builder().start();
        MariaDb mariaDb = new MariaDb(folder.resolve("mariadb"), "pages");
        CrawlerWorker worker = begin(node, database)) {
      worker.create(
          "mariadb.json",
          Map.of(
              "connection.url", mariaDb.url("pages"),
              "connection.user", "root",
              "connection.password", ""));
      await("1,000 pages", worker, () -> rows(database) >= 1_000);
      worker.kill();
      worker.start();
      await("3,000 pages", worker, () -> rows(database) >= 3_000);
      node.kill();
      node.start();
      await("4,000 pages", worker, () -> rows(database) >= 4_000);
      worker.kill();
      worker.start();
      await("the end", worker, () -> worker.isFinished(TASKS) && rows(database) == pages(node));
      assertRowsArePages(node, database);
      assertTrue(rows(database) >= 5_000, rows(database) + " pages");
      await("MariaDB", worker, () -> rows(mariaDb) == rows(database));
    } finally {
      closeSites();
    }
  }

  private static List<Path> documentation() {
    String root = System.getProperty("crawl.sites", "");
    return List.of(
            "/usr/share/doc/postgresql-doc-15/html",
            "/usr/share/doc/python3.11/html",
            "/usr/share/doc/openjdk-17-jre-headless/api",
            "/usr/share/doc/debian-handbook/html/en-US")
        .stream()
        .map(path -> Path.of(root + path))
        .filter(Files::isDirectory)
        .toList();
  }

  private CrawlerWorker begin(TestNode node, EmbeddedPostgres database) throws Exception {
    node.start();
    CrawlerWorker worker =
        new CrawlerWorker(Files.createDirectories(folder.resolve("worker")), node.bootstrap());
    worker.start();
    worker.create(
        "crawler.json",
        Map.of(
            "crawl.urls", sites.stream().map(PageSite::url).collect(Collectors.joining(",")),
            "crawl.state.dir", folder.resolve("crawl").toString()));
    worker.create(
        "postgresql.json",
        Map.of(
            "connection.url",
            "jdbc:postgresql://127.0.0.1:" + database.getPort() + "/postgres",
            "connection.user",
            "postgres"));
    return worker;
  }

  private static void await(String what, CrawlerWorker worker, BooleanSupplier condition) {
    worker.await(what, Duration.ofMinutes(10), condition);
  }

  private static int rows(EmbeddedPostgres database) {
    return ask(database, "SELECT count(*) FROM pages");
  }

  private static int rows(MariaDb database) {
    try (Connection connection = database.connect("pages")) {
      return ask(connection, "SELECT count(*) FROM pages");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int ask(EmbeddedPostgres database, String question) {
    try (Connection connection = database.getPostgresDatabase().getConnection()) {
      return ask(connection, question);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A number that the database answers; 0 while there is no table. */
  private static int ask(Connection connection, String question) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(question)) {
      answer.next();
      return answer.getInt(1);
    } catch (SQLException e) {
      if (NO_TABLE.contains(String.valueOf(e.getSQLState()))) {
        return 0;
      }
      throw e;
    }
  }

  private static List<ConsumerRecord<String, String>> records(TestNode node) {
    return Clients.readAll(node.bootstrap(), "read_committed", new TopicPartition(TOPIC, 0));
  }

  private static int pages(TestNode node) {
    return (int) records(node).stream().map(ConsumerRecord::key).distinct().count();
  }

  private void assertRowsArePages(TestNode node, EmbeddedPostgres database) {
    List<ConsumerRecord<String, String>> records = records(node);
    Set<String> pages = new HashSet<>();
    records.forEach(record -> pages.add(record.key()));
    int served = sites.stream().mapToInt(PageSite::served).sum();
    System.out.printf(
        "crawler flow: %d pages served by %d hosts, %d records, %d different pages, %d rows%n",
        served, sites.size(), records.size(), pages.size(), rows(database));
    assertEquals(pages.size(), rows(database), "each page is a row");
    // What was on its way when the worker was killed may come twice, with the same key.
    assertTrue(
        records.size() - pages.size() <= AGAIN_MAX,
        records.size() + " records of " + pages.size() + " pages");
    assertEquals(
        sites.size(),
        ask(database, "SELECT count(DISTINCT split_part(url, '/', 3)) FROM pages"),
        "hosts");
    assertEquals(0, ask(database, "SELECT count(*) FROM pages WHERE title IS NULL AND text = ''"));
    assertTrue(served >= pages.size());
  }

  private void closeSites() throws Exception {
    for (PageSite site : sites) {
      site.close();
    }
  }
}

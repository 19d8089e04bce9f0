package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.SharedNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Flow 1, docs/flows/1-python.md: Python, a topic, Python. */
@Tag("once")
class PythonFlowIT {
  private static final int PARTITIONS = 3;
  private static final List<String> CLIENTS = List.of("confluent", "kafka_python");

  private final List<Example> started = new ArrayList<>();
  private Path directory;
  private Admin admin;
  private String topic;

  @BeforeEach
  void prepare() {
    directory = SharedNode.newDirectory("python-flow");
    admin = Clients.admin(SharedNode.bootstrap());
    topic = Clients.createTopic(admin, "orders", PARTITIONS);
  }

  @AfterEach
  void end() {
    started.forEach(Example::close);
    admin.close();
  }

  /** Both libraries send, and a group of each of them reads all of it. */
  @Test
  void everyOrderIsOneRowAlthoughOneOfThreeConsumersIsKilled() {
    int ordersEach = 6_000;
    Map<String, List<Example>> groups = new HashMap<>();
    for (String client : CLIENTS) {
      groups.put(client, consumers(client));
    }
    for (String client : CLIENTS) {
      Clients.await("three at work in " + client, () -> group(client).working() == 3);
    }
    List<Example> producers = new ArrayList<>();
    for (String client : CLIENTS) {
      int first = producers.size() * ordersEach;
      producers.add(producer(client, "--first", first, "--count", ordersEach, "--rate", 3_000));
    }
    for (String client : CLIENTS) {
      Clients.await(
          "a third in " + client, () -> group(client).committed(topic) > ordersEach * 2 / 3);
      groups.get(client).remove(1).kill();
    }
    for (Example producer : producers) {
      String printed = producer.awaitSuccess();
      assertTrue(printed.startsWith(ordersEach + " delivered, 0 failed"), printed);
    }
    int orders = ordersEach * CLIENTS.size();
    assertEquals(orders, GroupView.end(admin, topic, PARTITIONS));
    for (String client : CLIENTS) {
      Clients.await("all in " + client, () -> group(client).committed(topic) == orders);
      groups.get(client).forEach(Example::assertAlive);
      groups.get(client).forEach(this::assertEndsInOrder);
      assertEquals(expectedRows(orders, ordersEach), rows(client));
    }
  }

  /** The smallest queues that the libraries take, and all that the processor gives. */
  @Test
  void aProducerThatIsFasterThanTheNodeWaitsAndLosesNothing() {
    Example confluent = producer("confluent", "--count", 20_000, "--queue", 500);
    String printed = confluent.awaitSuccess();
    assertTrue(printed.startsWith("20000 delivered, 0 failed"), printed);
    assertTrue(!printed.contains("waited for room 0 times"), printed);
    Example kafkaPython = producer("kafka_python", "--count", 10_000, "--buffer", 32_768);
    printed = kafkaPython.awaitSuccess();
    assertTrue(printed.startsWith("10000 delivered, 0 failed"), printed);
    assertEquals(30_000, GroupView.end(admin, topic, PARTITIONS));
  }

  @Test
  void aProducerThatIsToldToEndDeliversWhatItHasSent() {
    long before = 0;
    for (String client : CLIENTS) {
      long so = before;
      Example producer = producer(client, "--count", 1_000_000, "--rate", 2_000);
      Clients.await(
          "orders of " + client, () -> GroupView.end(admin, topic, PARTITIONS) > so + 200);
      assertEquals(0, producer.stop(), producer::printed);
      long after = GroupView.end(admin, topic, PARTITIONS);
      String printed = producer.printed();
      assertTrue(printed.startsWith(after - before + " delivered, 0 failed"), printed);
      before = after;
    }
  }

  // ---- The examples --------------------------------------------------------------------------

  private Example producer(String client, Object... arguments) {
    return python("producer_" + client + ".py", arguments);
  }

  private List<Example> consumers(String client) {
    List<Example> consumers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      consumers.add(
          python(
              "consumer_" + client + ".py",
              "--group",
              topic + client,
              "--table",
              table(client),
              "--session-timeout-ms",
              3_000));
    }
    return consumers;
  }

  private Example python(String script, Object... arguments) {
    List<Object> all =
        new ArrayList<>(List.of("--bootstrap", SharedNode.bootstrap(), "--topic", topic));
    all.addAll(List.of(arguments));
    Path log = directory.resolve(started.size() + "-" + script + ".log");
    Example example = Example.python(log, "python/" + script, all.toArray());
    started.add(example);
    return example;
  }

  private GroupView group(String client) {
    return new GroupView(admin, topic + client);
  }

  private void assertEndsInOrder(Example consumer) {
    assertEquals(0, consumer.stop(), consumer::printed);
    assertTrue(consumer.printed().contains(" handled, "), consumer::printed);
  }

  // ---- The table -----------------------------------------------------------------------------

  private Path table(String client) {
    return directory.resolve(client + ".db");
  }

  /** Orders, distinct orders, those with the right key, those with the right header. */
  private List<String> rows(String client) {
    String query =
        "SELECT COUNT(*), MIN(id), MAX(id), SUM(shop = 'shop-' || (id % 7)),"
            + " SUM(amount = 100 + id * 37 % 9900), SUM(client = 'confluent'),"
            + " (SELECT COUNT(*) FROM (SELECT id < LAG(id) OVER (PARTITION BY client, shop, in_partition"
            + " ORDER BY at_offset) AS backwards FROM orders) WHERE backwards) FROM orders";
    String program =
        "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())";
    return Scripts.run(
        Path.of("."),
        Map.of(),
        List.of("/usr/bin/python3", "-c", program, table(client).toString(), query));
  }

  private static List<String> expectedRows(int orders, int ofConfluent) {
    return List.of(
        String.join(
            " ",
            IntStream.of(orders, 0, orders - 1, orders, orders, ofConfluent, 0)
                .mapToObj(String::valueOf)
                .toList()));
  }
}

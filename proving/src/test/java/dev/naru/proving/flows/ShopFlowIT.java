package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Flow 5, docs/flows/5-shop.md: sellers' data goes into MongoDB, MariaDB and PostgreSQL, what
 * changes there is captured, joined, and followed by another system's table. MongoDB is an emulator
 * here; the others are real.
 */
@Tag("once")
class ShopFlowIT {
  private static final int PARTITIONS = 3;
  private static final int SELLERS = 20;
  private static final boolean LONG = Boolean.getBoolean("soak");
  private static final int PRODUCTS = LONG ? 50_000 : 2_000;
  private static final int KILLS = LONG ? 5 : 1;
  private static final int WITHDRAWN = 100;
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final List<String> TOPICS =
      List.of(
          "sellers",
          "seller-products",
          "mariadb.shop.products",
          "postgres.public.sellers",
          "shop-offers");
  private static final List<String> CONNECTORS =
      List.of(
          "products-to-mariadb",
          "sellers-to-postgres",
          "products-to-mongodb",
          "products-from-mariadb",
          "sellers-from-postgres",
          "offers-to-postgres");

  private final Path directory = SharedNode.newDirectory("shop-flow");
  private ShopDatabases databases;
  private MongoServer mongoServer;
  private MongoClient mongo;
  private ShopNode node;
  private Admin admin;
  private Example join;
  private int runs;

  @BeforeEach
  void prepare() throws IOException {
    databases = new ShopDatabases(directory.resolve("databases"));
    mongoServer = new MongoServer(new MemoryBackend());
    String mongoAddress = mongoServer.bindAndGetConnectionString();
    mongo = MongoClients.create(mongoAddress);
    node = new ShopNode(directory.resolve("node"));
    node.start();
    admin = Clients.admin(node.bootstrap());
    for (String topic : TOPICS) {
      Clients.createTopic(admin, new NewTopic(topic, PARTITIONS, (short) 1));
    }
    for (String connector : CONNECTORS) {
      String json = Files.readString(Example.file("shop/" + connector + ".json"));
      json = json.replace("mongodb://127.0.0.1:27017", mongoAddress);
      node.rest().create(databases.withPorts(json.replace("127.0.0.1:9092", node.bootstrap())));
    }
    CONNECTORS.forEach(node.rest()::awaitRunning);
    join =
        Example.streams(
            directory.resolve("join.log"),
            "ShopOffers",
            "bootstrap.servers=" + node.bootstrap(),
            "state.dir=" + directory.resolve("state"));
  }

  @AfterEach
  void end() {
    if (join != null) {
      join.close();
    }
    if (admin != null) {
      admin.close();
    }
    if (node != null) {
      node.close();
    }
    if (mongo != null) {
      mongo.close();
    }
    if (mongoServer != null) {
      mongoServer.shutdownNow();
    }
    if (databases != null) {
      databases.close();
    }
  }

  @Test
  void whatSellersSendIsOnceInEverySystemAlthoughTheNodeIsKilled() throws Exception {
    sellers("sellers").awaitSuccess();
    awaitCaptured("postgres.public.sellers", SELLERS);
    GroupView sink = new GroupView(admin, "connect-sellers-to-postgres");
    Clients.await("offsets of sellers", () -> sink.committed("sellers") == SELLERS);

    Example products = sellers("products", "--count", PRODUCTS, "--rate", LONG ? 500 : 700);
    for (int kill = 1; kill <= KILLS; kill++) {
      awaitOffers("some products", "COUNT(*) > " + PRODUCTS / (KILLS + 2) * kill);
      node.kill();
      node.start();
    }
    products.awaitSuccess();
    awaitOffers("all products", "COUNT(*) = " + PRODUCTS);
    assertCreated();

    sellers("products", "--count", PRODUCTS, "--price", 1).awaitSuccess();
    awaitOffers("all prices", "SUM(price_cents) = " + sumOfPrices(1));
    assertUpdated();

    sellers("withdraw", "--count", WITHDRAWN).awaitSuccess();
    awaitOffers("withdrawals", "COUNT(*) = " + (PRODUCTS - WITHDRAWN));
    assertWithdrawn();
  }

  // ---- What must be where --------------------------------------------------------------------

  private void assertCreated() throws Exception {
    assertEquals(PRODUCTS, records("seller-products").size(), "records of sellers");
    assertStores(PRODUCTS, 0);
    Map<String, Change> changes = changes("mariadb.shop.products");
    assertEquals(PRODUCTS, count(changes, "c"), "products captured as created");
    assertEquals(PRODUCTS, changes.size(), "changes captured");
    Map<String, Change> sellers = changes("postgres.public.sellers");
    assertEquals(SELLERS, count(sellers, "c"), "sellers captured as created");
    assertEquals(PRODUCTS, records("shop-offers").size(), "joined");
  }

  private void assertUpdated() throws Exception {
    assertStores(PRODUCTS, 1);
    Map<String, Change> changes = changes("mariadb.shop.products");
    assertEquals(PRODUCTS, count(changes, "u"), "products captured as updated");
    for (Change change : changes.values()) {
      if (change.op().equals("u")) {
        int before = Change.number(change.before(), "price_cents");
        assertEquals(before + 100, Change.number(change.after(), "price_cents"), change::toString);
      }
    }
    assertEquals(2 * PRODUCTS, records("shop-offers").size(), "joined");
  }

  private void assertWithdrawn() throws Exception {
    int left = PRODUCTS - WITHDRAWN;
    assertEquals(left + "", databases.mariaDb("SELECT COUNT(*) FROM products"));
    Clients.await("documents deleted", () -> documents() == left);
    Map<String, Change> changes = changes("mariadb.shop.products");
    assertEquals(WITHDRAWN, count(changes, "d"), "products captured as deleted");
    changes.values().stream()
        .filter(change -> change.op().equals("d"))
        .forEach(change -> assertNull(change.after(), change::toString));
    List<ConsumerRecord<String, String>> offers = records("shop-offers");
    assertEquals(2 * PRODUCTS + WITHDRAWN, offers.size(), "joined");
    assertEquals(WITHDRAWN, offers.stream().filter(offer -> offer.value() == null).count());
  }

  /** The databases have the products at this price, and so has the system that follows. */
  private void assertStores(int rows, int price) throws Exception {
    String expected = rows + " " + sumOfPrices(price);
    String query = "SELECT COUNT(*), SUM(price_cents) FROM ";
    assertEquals(expected, databases.mariaDb(query + "products"), "MariaDB");
    assertEquals(expected, databases.postgres("search", query + "offers"), "PostgreSQL");
    Clients.await("documents", DEADLINE, () -> documents() == rows);
    String names =
        "SELECT COUNT(*) FROM offers WHERE seller_name = 'Seller ' || SUBSTR(seller, 3)"
            + " AND title = 'Tea no. ' || CAST(SUBSTR(product, 3) AS INT) || ' (차, 茶)'";
    assertEquals(rows + "", databases.postgres("search", names), "offers with their sellers");
  }

  private static long sumOfPrices(int price) {
    return IntStream.range(0, PRODUCTS).mapToLong(i -> 500 + i % 1_000 + 100L * price).sum();
  }

  private long documents() {
    return mongo.getDatabase("shop").getCollection("products").countDocuments();
  }

  // ---- The way there -------------------------------------------------------------------------

  private Example sellers(Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--bootstrap";
    all[arguments.length + 1] = node.bootstrap();
    return Example.python(directory.resolve("sellers-" + ++runs + ".log"), "shop/sellers.py", all);
  }

  private void awaitOffers(String what, String condition) {
    Clients.await(
        what,
        DEADLINE,
        () -> {
          join.assertAlive();
          return databases.postgres("search", "SELECT " + condition + " FROM offers").equals("t");
        });
  }

  private void awaitCaptured(String topic, int changes) {
    Clients.await(
        changes + " in " + topic,
        DEADLINE,
        () -> GroupView.end(admin, topic, PARTITIONS) >= changes);
  }

  private List<ConsumerRecord<String, String>> records(String topic) {
    TopicPartition[] partitions =
        IntStream.range(0, PARTITIONS)
            .mapToObj(p -> new TopicPartition(topic, p))
            .toArray(TopicPartition[]::new);
    return Clients.readAll(node.bootstrap(), "read_committed", partitions);
  }

  /** By their position: what was captured again is here once. Deletions' tombstones are not. */
  private Map<String, Change> changes(String topic) {
    return records(topic).stream()
        .filter(record -> record.value() != null)
        .map(record -> Change.of(record.value()))
        .collect(
            Collectors.toMap(Change::position, change -> change, (one, same) -> one, TreeMap::new));
  }

  private static long count(Map<String, Change> changes, String op) {
    return changes.values().stream().filter(change -> change.op().equals(op)).count();
  }
}

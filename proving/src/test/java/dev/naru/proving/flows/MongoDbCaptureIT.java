package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.ChangeStreamPreAndPostImagesOptions;
import com.mongodb.client.model.CreateCollectionOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import dev.naru.proving.Clients;
import dev.naru.proving.Program;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.bson.Document;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * MongoDB's part of flow 5's change capture. Needs a real MongoDB, for no emulator has change
 * streams: {@code MONGODB_URI} names a replica set, or {@code mongod} is on the path and is started
 * as one.
 */
@Tag("once")
class MongoDbCaptureIT {
  private static final String GATE =
      "MongoDB's change capture is not tested: it needs a real MongoDB. Name a replica set by"
          + " MONGODB_URI, or put mongod on the path.";

  private final Path directory = SharedNode.newDirectory("mongodb-flow");

  @Test
  void everyChangeOfADocumentIsCapturedWithBeforeAndAfter() throws IOException {
    String given = System.getenv("MONGODB_URI");
    Path mongod = given == null ? onPath("mongod") : null;
    if (given == null && mongod == null) {
      System.out.println(GATE);
    }
    Assumptions.assumeTrue(given != null || mongod != null, GATE);
    if (given != null) {
      assertCaptured(given);
      return;
    }
    int port = FreePort.next();
    try (Program server = new Program(replicaSet(mongod, port))) {
      String uri = "mongodb://127.0.0.1:" + port + "/?directConnection=true";
      initiate(uri, port);
      assertCaptured(uri);
      assertTrue(server.process().isAlive());
    }
  }

  private void assertCaptured(String uri) throws IOException {
    String topic = "mongodb.shop.products";
    try (MongoClient client = MongoClients.create(uri);
        ShopNode node = new ShopNode(directory.resolve("node"))) {
      MongoDatabase shop = client.getDatabase("shop");
      shop.getCollection("products").drop();
      shop.createCollection(
          "products",
          new CreateCollectionOptions()
              .changeStreamPreAndPostImagesOptions(new ChangeStreamPreAndPostImagesOptions(true)));
      node.start();
      try (Admin admin = Clients.admin(node.bootstrap())) {
        Clients.createTopic(admin, new NewTopic(topic, 1, (short) 1));
        String json = Files.readString(Example.file("shop/products-from-mongodb.json"));
        node.rest().create(json.replace("mongodb://127.0.0.1:27017", uri));
        node.rest().awaitRunning("products-from-mongodb");
        MongoCollection<Document> products = shop.getCollection("products");
        products.insertOne(new Document("_id", "p-1").append("price_cents", 500));
        products.updateOne(Filters.eq("_id", "p-1"), Updates.set("price_cents", 600));
        products.deleteOne(Filters.eq("_id", "p-1"));
        Clients.await("three changes", () -> GroupView.end(admin, topic, 1) >= 3);
      }
      List<String> changes = Clients.readValues(node.bootstrap(), topic);
      assertEquals(3, changes.size(), changes::toString);
      assertHas(changes.get(0), "\"insert\"", "500");
      assertHas(changes.get(1), "\"update\"", "fullDocumentBeforeChange", "500", "600");
      assertHas(changes.get(2), "\"delete\"", "fullDocumentBeforeChange", "600");
    }
  }

  private static void assertHas(String change, String... parts) {
    for (String part : parts) {
      assertTrue(change.contains(part), () -> part + " is not in " + change);
    }
  }

  // ---- The server ----------------------------------------------------------------------------

  private ProcessBuilder replicaSet(Path mongod, int port) throws IOException {
    Path data = Files.createDirectories(directory.resolve("mongodb"));
    return new ProcessBuilder(
            mongod.toString(),
            "--dbpath=" + data,
            "--port=" + port,
            "--bind_ip=127.0.0.1",
            "--replSet=shop")
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("mongodb.log").toFile());
  }

  private static void initiate(String uri, int port) {
    Document member = new Document("_id", 0).append("host", "127.0.0.1:" + port);
    Document config = new Document("_id", "shop").append("members", List.of(member));
    try (MongoClient client = MongoClients.create(uri)) {
      MongoDatabase database = client.getDatabase("admin");
      database.runCommand(new Document("replSetInitiate", config));
      Clients.await(
          "a primary",
          () -> database.runCommand(new Document("hello", 1)).getBoolean("isWritablePrimary"));
    }
  }

  private static Path onPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }
}

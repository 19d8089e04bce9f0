package dev.naru.proving.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Connectors of a cluster: spread over its nodes, and moved when one dies. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ConnectClusterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern TASK =
      Pattern.compile("\\{\"id\":\\d+,\"state\":\"(\\w+)\",\"worker_id\":\"([^\"]+)\"");
  private static final int TASKS = 3;

  private final Path directory = SharedNode.newDirectory("connect-cluster");

  /** The workers whose tasks run; empty unless all of them do. */
  private static Set<String> workers(Rest rest) throws Exception {
    Rest.Answer status = rest.get("/connectors/sink/status");
    Set<String> workers = new TreeSet<>();
    int running = 0;
    for (Matcher task = TASK.matcher(status.body()); task.find(); ) {
      if (task.group(1).equals("RUNNING")) {
        running++;
        workers.add(task.group(2));
      }
    }
    return running == TASKS ? workers : Set.of();
  }

  private static void produce(String bootstrap) {
    try (Producer<String, String> producer = Clients.producer(bootstrap)) {
      for (int i = 0; i < 30; i++) {
        producer.send(new ProducerRecord<>("events", i % TASKS, "k" + i, "{\"n\":" + i + "}"));
      }
    }
  }

  private static void awaitTaken(String bootstrap) {
    try (Admin admin = Clients.admin(bootstrap)) {
      Clients.await(
          "everything is taken",
          PATIENCE,
          () -> {
            var committed =
                Clients.get(
                    admin.listConsumerGroupOffsets("connect-sink").partitionsToOffsetAndMetadata());
            for (int i = 0; i < TASKS; i++) {
              TopicPartition partition = new TopicPartition("events", i);
              long end =
                  Clients.get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all())
                      .get(partition)
                      .offset();
              if (committed.get(partition) == null || committed.get(partition).offset() != end) {
                return false;
              }
            }
            return true;
          });
    }
  }

  @Test
  void tasksAreSpreadAndMoveWhenANodeDies() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, Map.of())) {
      cluster.start();
      try (Admin admin = Clients.admin(cluster.bootstrap())) {
        Clients.createTopic(
            admin, new org.apache.kafka.clients.admin.NewTopic("events", TASKS, (short) -1));
      }
      Rest first = new Rest(cluster.node(1).http());
      Rest.Answer made =
          first.ask(
              "PUT",
              "/connectors/sink/config",
              "{\"connector.class\":\"dev.naru.connect.jdbc.JdbcSinkConnector\",\"tasks.max\":\"3\","
                  + "\"topics\":\"events\",\"connection.url\":\"jdbc:h2:mem:x\",\"pk.fields\":\"id\"}");
      assertEquals(201, made.status(), made.body());
      Set<String> all = new TreeSet<>(cluster.nodes().stream().map(ClusterNode::http).toList());
      Clients.await("each node runs a task", PATIENCE, () -> workers(first).equals(all));
      produce(cluster.bootstrap());
      awaitTaken(cluster.bootstrap());

      // Any node answers, and changes: those that are not the leader ask the leader.
      for (ClusterNode node : cluster.nodes()) {
        Rest rest = new Rest(node.http());
        assertEquals("[\"sink\"]", rest.get("/connectors").body());
        Rest.Answer changed =
            rest.ask(
                "PUT",
                "/connectors/other-" + node.id() + "/config",
                "{\"connector.class\":\"dev.naru.connect.jdbc.JdbcSinkConnector\",\"topics\":\"none\","
                    + "\"connection.url\":\"jdbc:h2:mem:y\"}");
        assertEquals(201, changed.status(), changed.body());
        assertEquals(204, rest.ask("DELETE", "/connectors/other-" + node.id(), null).status());
        Clients.await(
            "it is gone everywhere",
            () -> {
              for (ClusterNode each : cluster.nodes()) {
                if (!new Rest(each.http()).get("/connectors").body().equals("[\"sink\"]")) {
                  return false;
                }
              }
              return true;
            });
      }

      ClusterNode victim = cluster.node(3);
      victim.kill();
      all.remove(victim.http());
      Clients.await(
          "the others have its task",
          PATIENCE,
          () -> {
            Set<String> now = workers(first);
            return !now.isEmpty() && all.containsAll(now);
          });
      String alive = cluster.node(1).bootstrap();
      produce(alive);
      awaitTaken(alive);
      victim.start();
      Clients.await(
          "the node that came back runs a task again",
          PATIENCE,
          () -> workers(first).contains(victim.http()));
      for (ClusterNode node : List.copyOf(cluster.nodes())) {
        assertTrue(node.isAlive());
        assertEquals(0, node.stop());
      }
    }
  }
}

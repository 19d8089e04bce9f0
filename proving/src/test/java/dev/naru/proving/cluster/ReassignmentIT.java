package dev.naru.proving.cluster;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.naru.proving.Clients;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.TestCluster;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kafka's admin client says who owns a partition, while clients go on. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ReassignmentIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = OnCluster.PARTITIONS;

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final TestCluster cluster = CLUSTER.cluster();
  private final ClusterView view = CLUSTER.view();
  private final long seed = Long.getLong("seed", System.nanoTime());

  @Test
  void aPartitionIsOwnedByWhomAnAdministratorNames() throws Exception {
    System.out.println("reassignment: seed " + seed);
    String topic = view.createTopic("named", PARTITIONS);
    TopicPartition partition = new TopicPartition(topic, 0);
    int owner = view.leader(topic, 0);
    int next = owner % NODES + 1;
    try (CheckedLoad load = new CheckedLoad(cluster.bootstrap(), PARTITIONS, new Random(seed))) {
      load.start();
      load.awaitProgress(10);
      reassign(partition, List.of(next, owner));
      assertEquals(next, view.leader(topic, 0));
      assertEquals(Map.of(), get(view.admin().listPartitionReassignments().reassignments()));
      reassign(partition, List.of(owner, next));
      assertEquals(owner, view.leader(topic, 0));
      assertInstanceOf(
          ElectionNotNeededException.class,
          get(view.admin().electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions())
              .get(partition)
              .orElseThrow());
      load.awaitProgress(10);
      load.judge();
      assertEquals(0, load.failures());
    }
  }

  private void reassign(TopicPartition partition, List<Integer> replicas) {
    Clients.get(
        view.admin()
            .alterPartitionReassignments(
                Map.of(partition, Optional.of(new NewPartitionReassignment(replicas))))
            .all());
  }
}

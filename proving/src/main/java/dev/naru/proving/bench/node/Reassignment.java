package dev.naru.proving.bench.node;

import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * What an operator of Apache Kafka has to do when a broker was added: move partitions to it, by
 * AlterPartitionReassignments.
 */
public final class Reassignment {
  private Reassignment() {}

  /**
   * Moves as many partitions as everybody should lead to a new broker, taking them from those that
   * lead the most, and returns when all of them are copied. In each it takes the leader's place.
   */
  public static void toShare(BenchCluster cluster, Topic topic, int id) {
    BenchCluster.awaitTrue(
        "broker " + id + " to be a member",
        () ->
            BenchNode.await(cluster.admin().describeCluster().nodes()).stream()
                .anyMatch(node -> node.id() == id));
    int share = topic.partitions() / cluster.nodes().size();
    Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
    for (TopicPartitionInfo partition : chosen(partitions(cluster, topic), share)) {
      List<Integer> replicas = new ArrayList<>(List.of(id));
      partition.replicas().stream()
          .map(Node::id)
          .filter(replica -> replica != partition.leader().id())
          .forEach(replicas::add);
      moves.put(
          new TopicPartition(topic.name(), partition.partition()),
          Optional.of(new NewPartitionReassignment(replicas)));
    }
    BenchNode.await(cluster.admin().alterPartitionReassignments(moves).all());
    BenchCluster.awaitTrue(
        "the reassignment to end",
        () ->
            BenchNode.await(cluster.admin().listPartitionReassignments().reassignments())
                .isEmpty());
  }

  private static List<TopicPartitionInfo> partitions(BenchCluster cluster, Topic topic) {
    return BenchNode.await(cluster.admin().describeTopics(List.of(topic.name())).allTopicNames())
        .get(topic.name())
        .partitions();
  }

  private static List<TopicPartitionInfo> chosen(List<TopicPartitionInfo> all, int count) {
    if (all.stream().anyMatch(partition -> partition.leader() == null)) {
      throw new NodeError("a partition has no leader before anything was moved");
    }
    Collection<ArrayList<TopicPartitionInfo>> byLeader =
        all.stream()
            .collect(
                Collectors.groupingBy(
                    partition -> partition.leader().id(), Collectors.toCollection(ArrayList::new)))
            .values();
    List<TopicPartitionInfo> chosen = new ArrayList<>();
    while (chosen.size() < count) {
      List<TopicPartitionInfo> most =
          byLeader.stream().max(Comparator.comparingInt(List::size)).orElseThrow();
      chosen.add(most.remove(most.size() - 1));
    }
    return chosen;
  }
}

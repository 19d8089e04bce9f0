package dev.naru.proving.cluster;

import static dev.naru.proving.Clients.get;

import dev.naru.proving.Clients;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.TestCluster;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;

/** What an admin client sees of a cluster. */
public final class ClusterView implements AutoCloseable {
  /** How long a cluster may take to heal on a machine that does other things, too. */
  public static final Duration HEAL_DEADLINE = Duration.ofMinutes(2);

  public static final int UNKNOWN = -1;

  private final TestCluster cluster;
  private final Admin admin;

  public ClusterView(TestCluster cluster) {
    this.cluster = cluster;
    this.admin = Clients.admin(cluster.bootstrap());
  }

  public Admin admin() {
    return admin;
  }

  /** Makes a topic that names every node as a replica. */
  public String createTopic(String name, int partitions) {
    short replicas = (short) cluster.nodes().size();
    return Clients.createTopic(admin, new NewTopic(Clients.unique(name), partitions, replicas));
  }

  public TopicDescription describe(String topic) {
    return describe(admin, topic);
  }

  static TopicDescription describe(Admin admin, String topic) {
    return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  /** The id of the partition's leader; {@link #UNKNOWN} when there is none. */
  public int leader(String topic, int partition) {
    return id(describe(topic).partitions().get(partition));
  }

  private static int id(TopicPartitionInfo partition) {
    Node leader = partition.leader();
    return leader == null ? UNKNOWN : leader.id();
  }

  /** How many partitions of a topic each node leads; those that lead none are left out. */
  Map<Integer, Long> shares(String topic) {
    return shares(describe(topic));
  }

  static Map<Integer, Long> shares(TopicDescription topic) {
    return topic.partitions().stream()
        .collect(Collectors.groupingBy(ClusterView::id, TreeMap::new, Collectors.counting()));
  }

  /** The node that leads the most partitions of all topics, those of the coordinators included. */
  public ClusterNode owner() {
    Collection<String> names =
        get(admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
    Map<Integer, Long> led =
        get(admin.describeTopics(names).allTopicNames()).values().stream()
            .flatMap(topic -> topic.partitions().stream())
            .collect(Collectors.groupingBy(ClusterView::id, Collectors.counting()));
    int owner =
        led.entrySet().stream().max(Comparator.comparingLong(Map.Entry::getValue)).get().getKey();
    return cluster.node(owner);
  }

  /** The node that coordinates a group. */
  public ClusterNode coordinator(String group) {
    return cluster.node(
        get(admin.describeConsumerGroups(List.of(group)).describedGroups().get(group))
            .coordinator()
            .id());
  }

  /** The node that coordinates the transactions of a transactional id. */
  public ClusterNode transactionCoordinator(String transactionalId) {
    return cluster.node(
        get(admin.describeTransactions(List.of(transactionalId)).description(transactionalId))
            .coordinatorId());
  }

  /** The controller that the cluster names. */
  public ClusterNode controller() {
    return cluster.node(get(admin.describeCluster().controller()).id());
  }

  /** Waits until all nodes are seen by all nodes, and each leads partitions of this topic. */
  public void awaitHealed(String topic) {
    Set<Integer> all =
        IntStream.rangeClosed(1, cluster.nodes().size())
            .boxed()
            .collect(Collectors.toCollection(TreeSet::new));
    for (ClusterNode node : cluster.nodes()) {
      try (Admin one = Clients.admin(node.bootstrap())) {
        Clients.await(
            "node " + node.id() + " to see all nodes and their shares of " + topic,
            HEAL_DEADLINE,
            () ->
                get(one.describeCluster().nodes()).stream()
                        .map(Node::id)
                        .collect(Collectors.toSet())
                        .equals(all)
                    && shares(describe(one, topic)).keySet().equals(all));
      }
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}

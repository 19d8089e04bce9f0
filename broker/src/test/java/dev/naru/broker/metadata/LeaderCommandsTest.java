package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController.ConfigChange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitionsCollection;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.metadata.PartitionRegistration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an administrator says of owners, in a cluster of three nodes whose controller is node 1. */
class LeaderCommandsTest {
  private final BrokerConfig config = BrokerConfig.of(Map.of("node.id", "1"));
  private final MetadataView view = new MetadataView(1, "cluster");
  private final MetadataLog log =
      MetadataLog.open(
          new MemoryRecordStore(), view, ControllerService.bootstrap(), Runnable::run, () -> 42L);
  private final ControllerService controller =
      new ControllerService(log, new LiveConfigs(config), new GroupConfigRules(config));
  private final NodeService nodes = new NodeService(log, 1);
  private final Map<Integer, Uuid> alive = new HashMap<>();

  @BeforeEach
  void threeNodesWithATopic() {
    for (int node = 1; node <= 3; node++) {
      start(node);
    }
    CreateTopicsRequestData request = new CreateTopicsRequestData();
    request
        .topics()
        .add(new CreatableTopic().setName("t").setNumPartitions(3).setReplicationFactor((short) 3));
    done(controller.createTopics(request));
  }

  private void start(int node) {
    alive.put(node, Uuid.randomUuid());
    done(nodes.see(Map.copyOf(alive)));
    done(
        nodes.register(
            new BrokerRegistrationRequestData()
                .setBrokerId(node)
                .setIncarnationId(alive.get(node))
                .setPreviousBrokerEpoch(-1),
            () -> alive));
  }

  private void stop(int node) {
    alive.remove(node);
    done(nodes.see(Map.copyOf(alive)));
  }

  private void drain(int node, String value) {
    ConfigResource resource =
        new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
    done(
        controller.incrementalAlterConfigs(
            Map.of(resource, Map.of("node.drain", new ConfigChange(OpType.SET, value))), false));
  }

  private static <T> T done(CompletionStage<T> stage) {
    assertTrue(stage.toCompletableFuture().isDone(), "still waiting");
    return stage.toCompletableFuture().join();
  }

  private PartitionRegistration partition(int index) {
    return view.topic("t").partitions().get(index);
  }

  private int someOtherThanTheLeader(int index) {
    return partition(index).leader % 3 + 1;
  }

  private Errors reassign(String topic, int index, List<Integer> replicas) {
    return reassign(topic, index, replicas, true);
  }

  private Errors reassign(String topic, int index, List<Integer> replicas, boolean mayChangeCount) {
    AlterPartitionReassignmentsRequestData request =
        new AlterPartitionReassignmentsRequestData()
            .setAllowReplicationFactorChange(mayChangeCount)
            .setTopics(
                List.of(
                    new ReassignableTopic()
                        .setName(topic)
                        .setPartitions(
                            List.of(
                                new ReassignablePartition()
                                    .setPartitionIndex(index)
                                    .setReplicas(replicas)))));
    var answer = done(controller.reassign(request)).responses().get(0).partitions().get(0);
    return Errors.forCode(answer.errorCode());
  }

  private Errors elect(ElectionType type, String topic, int index) {
    TopicPartitionsCollection partitions = new TopicPartitionsCollection();
    partitions.add(new TopicPartitions().setTopic(topic).setPartitions(List.of(index)));
    ElectLeadersRequestData request =
        new ElectLeadersRequestData().setElectionType(type.value).setTopicPartitions(partitions);
    var answer = done(controller.electLeaders(request)).replicaElectionResults().get(0);
    return Errors.forCode(answer.partitionResult().get(0).errorCode());
  }

  @Test
  void aPartitionIsOwnedByTheFirstNodeThatItIsGiven() {
    PartitionRegistration before = partition(0);
    int next = someOtherThanTheLeader(0);
    assertEquals(Errors.NONE, reassign("t", 0, List.of(next, before.leader)));
    PartitionRegistration now = partition(0);
    assertEquals(next, now.leader);
    assertEquals(before.leaderEpoch + 1, now.leaderEpoch);
    assertArrayEquals(new int[] {next, before.leader}, now.replicas);
    assertArrayEquals(new int[] {next, before.leader}, now.isr);

    assertEquals(Errors.NONE, reassign("t", 0, List.of(next, before.leader)));
    assertEquals(now, partition(0), "nothing changes the second time");
  }

  @Test
  void theOwnerStaysWhenItIsTheFirst() {
    int owner = partition(1).leader;
    int epoch = partition(1).leaderEpoch;
    assertEquals(Errors.NONE, reassign("t", 1, List.of(owner)));
    assertEquals(epoch, partition(1).leaderEpoch);
    assertArrayEquals(new int[] {owner}, partition(1).replicas);
  }

  @Test
  void whoCannotOwnIsPassedOver() {
    stop(3);
    drain(2, "true");
    assertEquals(Errors.NONE, reassign("t", 0, List.of(3, 2, 1)));
    assertEquals(1, partition(0).leader);
    assertArrayEquals(new int[] {3, 2, 1}, partition(0).replicas);
    assertArrayEquals(new int[] {2, 1}, partition(0).isr);
    assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign("t", 0, List.of(3, 2)));
  }

  @Test
  void whatCannotBeIsRefused() {
    PartitionRegistration before = partition(0);
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, reassign("u", 0, List.of(1)));
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, reassign("t", 9, List.of(1)));
    assertEquals(Errors.NO_REASSIGNMENT_IN_PROGRESS, reassign("t", 0, null));
    assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign("t", 0, List.of()));
    assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign("t", 0, List.of(1, 1, 2)));
    assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign("t", 0, List.of(1, 4)));
    assertEquals(Errors.INVALID_REPLICATION_FACTOR, reassign("t", 0, List.of(1), false));
    assertEquals(before, partition(0));
  }

  @Test
  void thePreferredNodeIsElected() {
    int preferred = partition(0).replicas[0];
    assertEquals(Errors.ELECTION_NOT_NEEDED, elect(ElectionType.PREFERRED, "t", 0));
    stop(preferred);
    assertEquals(Errors.PREFERRED_LEADER_NOT_AVAILABLE, elect(ElectionType.PREFERRED, "t", 0));
    assertEquals(Errors.ELECTION_NOT_NEEDED, elect(ElectionType.UNCLEAN, "t", 0));
    start(preferred);
    done(controller.electLeaders(new ElectLeadersRequestData().setTopicPartitions(null)));
    for (int index = 0; index < 3; index++) {
      assertEquals(partition(index).replicas[0], partition(index).leader);
    }
    for (ReplicaElectionResult topic :
        done(controller.electLeaders(new ElectLeadersRequestData().setTopicPartitions(null)))
            .replicaElectionResults()) {
      assertEquals(List.of(), topic.partitionResult(), "those that need none are left out");
    }
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, elect(ElectionType.PREFERRED, "u", 0));
  }

  /** Evening out takes what nobody asked for first. */
  @Test
  void whatAnAdministratorPlacedStaysWhileSomethingElseCanGo() {
    stop(3);
    drain(2, "true");
    reassign("t", 0, List.of(2, 1));
    reassign("t", 1, List.of(1, 2));
    reassign("t", 2, List.of(1, 2));
    assertEquals(1, partition(0).leader);
    drain(2, "false");
    assertEquals(2, partition(0).leader);
    assertEquals(1, partition(1).leader);
    assertEquals(1, partition(2).leader);
  }
}

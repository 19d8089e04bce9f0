package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController.ConfigChange;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResultCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.metadata.PartitionRegistration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes that come, are emptied, go, and are forgotten, as the controller, node 1, sees it. */
class NodeServiceTest {
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
      start(node, -1);
    }
    create("events", 9);
  }

  @Test
  void aDrainedNodeOwnsNothingAndGetsNothing() {
    assertEquals(Map.of(1, 3, 2, 3, 3, 3), owned());

    assertEquals(ApiError.NONE, drain(2, "true"));
    create("more", 4);

    assertEquals(Map.of(1, 7, 3, 6), owned());
  }

  @Test
  void aDrainedNodeStaysAmongTheReplicas() {
    drain(2, "true");
    create("more", 1);

    PartitionRegistration partition = view.topic("more").partitions().get(0);
    assertEquals(Set.of(1, 2, 3), set(partition.replicas));
    assertEquals(Set.of(1, 2, 3), set(partition.isr));
    assertNotEquals(2, partition.leader);
    assertEquals(Set.of(1, 2, 3), set(view.topic("events").partitions().get(0).isr));
  }

  @Test
  void aNodeThatIsNotDrainedAnyMoreGetsItsShare() {
    drain(2, "true");
    drain(2, null);
    assertEquals(Map.of(1, 3, 2, 3, 3, 3), owned());
  }

  @Test
  void aNodeThatStartsAnewIsNotDrainedAnyMore() {
    drain(2, "true");
    start(2, -1);
    assertEquals(Map.of(1, 3, 2, 3, 3, 3), owned());
    assertEquals(Map.of(), configs(2));
  }

  @Test
  void aNodeThatLostItsSessionIsDrainedStill() {
    drain(2, "true");
    start(2, view.image().cluster().broker(2).epoch());
    assertFalse(owned().containsKey(2));
    assertEquals(Map.of("node.drain", "true"), configs(2));
  }

  @Test
  void theLastNodeThatOwnsCannotBeDrained() {
    drain(2, "true");
    stop(3);
    ApiError refusal = drain(1, "true");
    assertEquals(Errors.INVALID_REQUEST, refusal.error());
    assertEquals(
        "Node 1 cannot be drained: there is no other node to take what it owns", refusal.message());
    assertEquals(Map.of(1, 9), owned());
  }

  @Test
  void drainedNodesServeWhenThereAreNoOthers() {
    drain(2, "true");
    drain(3, "true");
    stop(1);
    assertEquals(9, owned().values().stream().mapToInt(Integer::intValue).sum());
    assertFalse(owned().containsKey(1));

    start(1, -1);
    assertEquals(Map.of(1, 9), owned());
  }

  @Test
  void nodesAreDrainedOneByOneAndOnlyThoseThatThereAre() {
    assertTrue(drain("", "true").message().contains("name that node"));
    assertTrue(drain("7", "true").message().contains("Unexpected broker id"));
    assertTrue(drain("2", "perhaps").message().contains("node.drain"));
    assertEquals(Map.of(1, 3, 2, 3, 3, 3), owned());
  }

  @Test
  void aNodeThatIsGoneIsForgotten() {
    drain(2, "true");
    stop(2);
    done(controller.unregisterBroker(2));
    assertNull(view.image().cluster().broker(2));
    assertEquals(Map.of(), configs(2));
    assertEquals(Set.of(1, 3), set(view.topic("events").partitions().get(0).isr));

    start(4, -1);

    for (PartitionRegistration partition : view.topic("events").partitions().values()) {
      assertEquals(Set.of(1, 3, 4), set(partition.replicas));
      assertEquals(Set.of(1, 3, 4), set(partition.isr));
    }
    assertEquals(Map.of(1, 3, 3, 3, 4, 3), owned());
  }

  @Test
  void aNodeThatIsThereIsNotForgotten() {
    assertRefused(InvalidRequestException.class, "stop it first", 2);
    assertRefused(BrokerIdNotRegisteredException.class, "not a node of this cluster", 7);
    assertNotNull(view.image().cluster().broker(2));
  }

  @Test
  void theOwnerOfAPartitionIsNotForgotten() {
    alive.clear();
    see();
    assertEquals(Map.of(), owned());
    done(controller.unregisterBroker(3));
    assertNull(view.image().cluster().broker(3));
  }

  @Test
  void aTopicCannotBeMadeWhileEveryNodeIsGone() {
    alive.clear();
    see();
    assertEquals(
        Errors.INVALID_REPLICATION_FACTOR.code(),
        creation("other", 1, -1).find("other").errorCode());
    assertNull(view.topic("other"));
    start(1, -1);
    create("other", 1);
  }

  private void assertRefused(Class<? extends Exception> type, String sentence, int node) {
    CompletionException e =
        assertThrows(CompletionException.class, () -> done(controller.unregisterBroker(node)));
    assertEquals(type, e.getCause().getClass());
    assertTrue(e.getCause().getMessage().contains(sentence), e.getCause().getMessage());
  }

  private void start(int node, long previousEpoch) {
    alive.put(node, Uuid.randomUuid());
    see();
    done(
        nodes.register(
            new BrokerRegistrationRequestData()
                .setBrokerId(node)
                .setIncarnationId(alive.get(node))
                .setPreviousBrokerEpoch(previousEpoch),
            () -> alive));
  }

  private void stop(int node) {
    alive.remove(node);
    see();
  }

  private void see() {
    done(nodes.see(Map.copyOf(alive)));
  }

  private void create(String topic, int partitions) {
    int replicas = Math.min(3, alive.size());
    assertEquals(Errors.NONE.code(), creation(topic, partitions, replicas).find(topic).errorCode());
  }

  private CreatableTopicResultCollection creation(String topic, int partitions, int replicas) {
    CreateTopicsRequestData request = new CreateTopicsRequestData();
    request
        .topics()
        .add(
            new CreatableTopic()
                .setName(topic)
                .setNumPartitions(partitions)
                .setReplicationFactor((short) replicas));
    return done(controller.createTopics(request)).topics();
  }

  private ApiError drain(int node, String value) {
    return drain(Integer.toString(node), value);
  }

  private ApiError drain(String node, String value) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, node);
    ConfigChange change = new ConfigChange(value == null ? OpType.DELETE : OpType.SET, value);
    return done(controller.incrementalAlterConfigs(
            Map.of(resource, Map.of("node.drain", change)), false))
        .get(resource);
  }

  private Map<String, String> configs(int node) {
    return view.image()
        .configs()
        .configMapForResource(
            new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node)));
  }

  /** How many partitions each node owns. */
  private Map<Integer, Integer> owned() {
    Map<Integer, Integer> owned = new TreeMap<>();
    view.image()
        .topics()
        .topicsById()
        .values()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .values()
                    .forEach(
                        partition -> {
                          if (partition.leader >= 0) {
                            owned.merge(partition.leader, 1, Integer::sum);
                          }
                        }));
    return owned;
  }

  private static Set<Integer> set(int[] ids) {
    return Arrays.stream(ids).boxed().collect(Collectors.toSet());
  }

  private static <T> T done(CompletionStage<T> stage) {
    assertTrue(stage.toCompletableFuture().isDone(), "still waiting");
    return stage.toCompletableFuture().join();
  }
}

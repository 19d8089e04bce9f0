package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController.ConfigChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.MetadataImage;
import org.junit.jupiter.api.Test;

class ControllerServiceTest {
  private final MemoryRecordStore store = new MemoryRecordStore();
  private BrokerConfig config = BrokerConfig.of(Map.of("node.id", "1"));
  private MetadataView view;
  private MetadataLog log;
  private ControllerService controller = start();

  @Test
  void createsTopicsWithTheirConfigs() {
    CreatableTopic topic = topic("pages", 3, 1);
    topic.configs().add(new CreatableTopicConfig().setName("retention.ms").setValue("1000"));

    CreatableTopicResult result = create(topic);

    assertEquals(Errors.NONE.code(), result.errorCode());
    assertEquals(3, result.numPartitions());
    assertEquals(result.topicId(), view.topic("pages").id());
    assertEquals(Set.of(0, 1, 2), view.topic("pages").partitions().keySet());
    assertEquals(1, view.topic("pages").partitions().get(0).leader);
    assertEquals(Map.of("retention.ms", "1000"), configsOf("pages"));
  }

  @Test
  void whatWasAnsweredIsThereAfterARestart() {
    Uuid id = create(topic("pages", 3, -1)).topicId();
    alter("pages", "cleanup.policy", OpType.SET, "compact");
    long first = done(controller.allocateProducerIds()).firstProducerId();
    MetadataImage before = view.image();

    controller = start();

    assertEquals(before.topics(), view.image().topics());
    assertEquals(before.features(), view.image().features());
    assertEquals(id, view.topic("pages").id());
    assertEquals(Map.of("cleanup.policy", "compact"), configsOf("pages"));
    assertEquals(first + 1000, done(controller.allocateProducerIds()).firstProducerId());
  }

  @Test
  void refusesWhatKafkaRefuses() {
    create(topic("a.b", 1, 1));
    assertError(Errors.TOPIC_ALREADY_EXISTS, "already exists", topic("a.b", 1, 1));
    assertError(Errors.INVALID_TOPIC_EXCEPTION, "collides", topic("a_b", 1, 1));
    assertError(Errors.INVALID_TOPIC_EXCEPTION, "", topic("no spaces", 1, 1));
    assertError(Errors.INVALID_REQUEST, "prohibited", topic("__cluster_metadata", 1, 1));
    assertError(Errors.INVALID_PARTITIONS, "non-positive", topic("t", 0, 1));
    assertError(Errors.INVALID_REPLICATION_FACTOR, "larger than 0", topic("t", 1, 0));
    assertError(Errors.INVALID_REPLICATION_FACTOR, "only 1 broker(s)", topic("t", 1, 3));
    CreatableTopic unknown = topic("t", 1, 1);
    unknown.configs().add(new CreatableTopicConfig().setName("nope").setValue("1"));
    assertError(Errors.INVALID_CONFIG, "nope", unknown);
    CreatableTopic absent = topic("t", 1, 1);
    absent.configs().add(new CreatableTopicConfig().setName("retention.ms").setValue(null));
    assertError(Errors.INVALID_CONFIG, "Null value", absent);
    assertNull(view.topic("t"));
  }

  @Test
  void takesManualAssignmentsToThisNodeOnly() {
    CreatableTopic good = topic("good", -1, -1);
    good.assignments()
        .add(new CreatableReplicaAssignment().setPartitionIndex(0).setBrokerIds(List.of(1)));
    assertEquals(Errors.NONE.code(), create(good).errorCode());

    CreatableTopic elsewhere = topic("bad", -1, -1);
    elsewhere
        .assignments()
        .add(new CreatableReplicaAssignment().setPartitionIndex(0).setBrokerIds(List.of(2)));
    assertError(Errors.INVALID_REPLICA_ASSIGNMENT, "no such broker", elsewhere);
    CreatableTopic gap = topic("bad", -1, -1);
    gap.assignments()
        .add(new CreatableReplicaAssignment().setPartitionIndex(1).setBrokerIds(List.of(1)));
    assertError(Errors.INVALID_REPLICA_ASSIGNMENT, "consecutive", gap);
  }

  @Test
  void validatesWithoutCreating() {
    CreateTopicsRequestData request = new CreateTopicsRequestData().setValidateOnly(true);
    request.topics().add(topic("pages", 2, 1));
    var result = done(controller.createTopics(request)).topics().find("pages");
    assertEquals(Errors.NONE.code(), result.errorCode());
    assertEquals(2, result.numPartitions());
    assertNull(view.topic("pages"));
  }

  @Test
  void createsFiveThousandPartitionsInOneRequestAndRefusesMoreThanTenThousand() {
    CreateTopicsRequestData request = new CreateTopicsRequestData();
    for (int i = 0; i < 1000; i++) {
      request.topics().add(topic("t." + i, 5, 1));
    }
    done(controller.createTopics(request));
    assertEquals(1000, view.image().topics().topicsByName().size());
    CreateTopicsRequestData tooMany = new CreateTopicsRequestData();
    tooMany.topics().add(topic("many", 10_001, 1));
    CompletionException e =
        assertThrows(CompletionException.class, () -> done(controller.createTopics(tooMany)));
    assertTrue(e.getCause() instanceof PolicyViolationException, e.toString());
  }

  @Test
  void growsTopics() {
    create(topic("pages", 2, 1));
    assertEquals(Errors.NONE.code(), grow("pages", 5));
    assertEquals(5, view.topic("pages").partitions().size());
    assertEquals(Errors.INVALID_PARTITIONS.code(), grow("pages", 5));
    assertEquals(Errors.INVALID_PARTITIONS.code(), grow("pages", 4));
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), grow("nobody", 4));
  }

  @Test
  void aTopicThatIsDeletedAndMadeAgainIsAnother() {
    CreatableTopic topic = topic("pages", 1, 1);
    topic.configs().add(new CreatableTopicConfig().setName("retention.ms").setValue("1000"));
    Uuid id = create(topic).topicId();

    assertTrue(done(controller.deleteTopics(Set.of(id))).get(id).isSuccess());
    assertNull(view.topic("pages"));
    assertEquals(
        Errors.UNKNOWN_TOPIC_ID, done(controller.deleteTopics(Set.of(id))).get(id).error());
    assertFalse(create(topic("pages", 1, 1)).topicId().equals(id));
    assertEquals(Map.of(), configsOf("pages"));
  }

  @Test
  void altersConfigs() {
    create(topic("pages", 1, 1));
    assertEquals(Errors.NONE, alter("pages", "cleanup.policy", OpType.APPEND, "compact"));
    assertEquals("delete,compact", configsOf("pages").get("cleanup.policy"));
    assertEquals(Errors.NONE, alter("pages", "cleanup.policy", OpType.SUBTRACT, "delete"));
    assertEquals("compact", configsOf("pages").get("cleanup.policy"));
    assertEquals(Errors.NONE, alter("pages", "cleanup.policy", OpType.DELETE, null));
    assertEquals(Map.of(), configsOf("pages"));
    assertEquals(Errors.INVALID_CONFIG, alter("pages", "retention.ms", OpType.APPEND, "1"));
    assertEquals(Errors.INVALID_CONFIG, alter("pages", "retention.ms", OpType.SET, "x"));
    assertEquals(
        Errors.UNKNOWN_TOPIC_OR_PARTITION, alter("nobody", "retention.ms", OpType.SET, "1"));
  }

  @Test
  void whatIsNotSetCanBeTakenBack() {
    create(topic("pages", 1, 1));
    var everyNode = new ConfigResource(ConfigResource.Type.BROKER, "");
    var thisNode = new ConfigResource(ConfigResource.Type.BROKER, "1");
    assertEquals(Errors.NONE, alter("pages", "no.such.config", OpType.DELETE, null));
    for (ConfigResource broker : List.of(everyNode, thisNode)) {
      assertEquals(Errors.NONE, alter(broker, "no.such.config", OpType.DELETE, null));
      assertEquals(Errors.NONE, alter(broker, "node.id", OpType.DELETE, null));
      assertEquals(Errors.INVALID_REQUEST, alter(broker, "no.such.config", OpType.SET, "1"));
    }
  }

  @Test
  void aRefusalNamesTheConfigsAsKafkaDoesAndSaysWhy() {
    var thisNode = new ConfigResource(ConfigResource.Type.BROKER, "1");
    var changes =
        Map.of(
            "node.id", new ConfigChange(OpType.SET, "3"),
            "sasl.enabled.mechanisms", new ConfigChange(OpType.SET, "SSL"));
    ApiError refusal =
        done(controller.incrementalAlterConfigs(Map.of(thisNode, changes), false)).get(thisNode);
    assertEquals(Errors.INVALID_REQUEST, refusal.error());
    String kafkas = "Cannot update these configs dynamically: [node.id, sasl.enabled.mechanisms]";
    assertTrue(refusal.message().startsWith(kafkas), refusal.message());
    assertTrue(refusal.message().contains("read when the node starts"), refusal.message());
    assertTrue(refusal.message().contains("SASL"), refusal.message());
  }

  @Test
  void brokerAndGroupConfigsHaveTheirOwnRules() {
    var everyNode = new ConfigResource(ConfigResource.Type.BROKER, "");
    var thisNode = new ConfigResource(ConfigResource.Type.BROKER, "1");
    var otherNode = new ConfigResource(ConfigResource.Type.BROKER, "2");
    var group = new ConfigResource(ConfigResource.Type.GROUP, "g");
    assertEquals(Errors.NONE, alter(everyNode, "log.retention.ms", "1000"));
    assertEquals(Errors.NONE, alter(thisNode, "message.max.bytes", "2000000"));
    assertEquals(Errors.INVALID_REQUEST, alter(otherNode, "message.max.bytes", "2000000"));
    assertEquals(Errors.INVALID_REQUEST, alter(everyNode, "node.id", "3"));
    assertEquals(Errors.INVALID_REQUEST, alter(everyNode, "log.retention.ms", "soon"));
    assertEquals(Errors.NONE, alter(group, "consumer.session.timeout.ms", "50000"));
    assertEquals(Errors.INVALID_CONFIG, alter(group, "consumer.session.timeout.ms", "1"));
    assertEquals(Errors.INVALID_CONFIG, alter(group, "streams.num.standby.replicas", "1"));
    var live = new LiveConfigs(config).at(view.image());
    assertEquals(1000, live.settings(Map.of()).log().retentionMs());
    assertEquals(2_000_000, live.settings(Map.of()).maxMessageBytes());
  }

  @Test
  void ensuresInternalTopicsWithKafkasConfigs() {
    Uuid id = done(controller.ensureTopic("__consumer_offsets", -1, Map.of()));
    assertEquals(id, done(controller.ensureTopic("__consumer_offsets", -1, Map.of())));
    assertEquals(50, view.topic(id).partitions().size());
    assertEquals("compact", configsOf("__consumer_offsets").get("cleanup.policy"));
    CompletionException e =
        assertThrows(
            CompletionException.class, () -> done(controller.ensureTopic("a b", -1, Map.of())));
    assertTrue(e.getCause() instanceof InvalidTopicException);
  }

  @Test
  void answersWhenDurableAndInEffectAndNotBefore() {
    CompletableFuture<Void> effect = new CompletableFuture<>();
    List<MetadataImage> seen = new ArrayList<>();
    done(
        log.addListener(
            (delta, image) -> {
              seen.add(image);
              return seen.size() == 1 ? CompletableFuture.completedFuture(null) : effect;
            }));
    store.held = true;
    var answer = controller.ensureTopic("pages", 1, Map.of()).toCompletableFuture();
    var again = controller.ensureTopic("pages", 1, Map.of()).toCompletableFuture();
    assertNull(view.topic("pages"), "published before it is durable");
    store.waiting.get(0).complete(null);
    assertNotNull(view.topic("pages"));
    assertEquals(2, seen.size());
    assertFalse(answer.isDone() || again.isDone(), "answered before it is in effect");
    effect.complete(null);
    assertEquals(view.topic("pages").id(), answer.join());
    assertEquals(answer.join(), again.join());
    assertEquals(1, store.waiting.size(), "the topic was made twice");
  }

  @Test
  void nothingChangesAnyMoreAfterAFailedAppend() {
    store.held = true;
    var answer = controller.ensureTopic("pages", 1, Map.of()).toCompletableFuture();
    store.waiting.get(0).complete(new KafkaStorageException("no space"));
    // It may be in the log all the same, so nobody may take it for refused.
    assertTrue(
        assertThrows(CompletionException.class, answer::join).getCause()
            instanceof TimeoutException);
    store.held = false;
    CompletionException refused =
        assertThrows(
            CompletionException.class, () -> done(controller.ensureTopic("other", 1, Map.of())));
    assertTrue(refused.getCause() instanceof KafkaStorageException);
    assertNull(view.topic("other"));
    assertNull(view.topic("pages"));
  }

  @Test
  void whoeverStopsBeingTheControllerDoesNotSayThatNothingWasDone() {
    store.held = true;
    var made = controller.ensureTopic("pages", 1, Map.of()).toCompletableFuture();
    log.resign();
    assertTrue(
        assertThrows(CompletionException.class, made::join).getCause() instanceof TimeoutException);
    var late = controller.ensureTopic("other", 1, Map.of()).toCompletableFuture();
    assertTrue(
        assertThrows(CompletionException.class, late::join).getCause()
            instanceof NotControllerException);
  }

  @Test
  void rewritesTheLogWhenItOutgrowsTheState() {
    create(topic("pages", 1, 1));
    store.outgrownAfter = 30;
    for (int i = 0; i < 200; i++) {
      alter("pages", "retention.ms", OpType.SET, Integer.toString(1000 + i));
    }
    assertTrue(store.rewrites > 5, "rewrites: " + store.rewrites);
    assertTrue(store.kept.size() <= 40, "records: " + store.kept.size());
    controller = start();
    assertEquals("1199", configsOf("pages").get("retention.ms"));
  }

  @Test
  void registersTheBrokerOnce() {
    done(controller.registerBroker(config.withPorts(Map.of("PLAINTEXT", 1234))));
    int records = store.kept.size();
    done(controller.registerBroker(config.withPorts(Map.of("PLAINTEXT", 1234))));
    assertEquals(records, store.kept.size());
    done(controller.registerBroker(config.withPorts(Map.of("PLAINTEXT", 1235))));
    assertEquals(1235, view.image().cluster().broker(1).node("PLAINTEXT").get().port());
  }

  @Test
  void aLateListenerSeesTheWholeStateFirst() {
    create(topic("pages", 2, 1));
    List<Integer> created = new ArrayList<>();
    done(
        log.addListener(
            (delta, image) -> {
              created.add(delta.topicsDelta().changedTopics().size());
              return CompletableFuture.completedFuture(null);
            }));
    create(topic("more", 2, 1));
    assertEquals(List.of(1, 1), created);
  }

  private ControllerService start() {
    view = new MetadataView(1, "cluster");
    log = MetadataLog.open(store, view, ControllerService.bootstrap(), Runnable::run, () -> 42L);
    return new ControllerService(log, new LiveConfigs(config), new GroupConfigRules(config));
  }

  private CreatableTopicResult create(CreatableTopic topic) {
    CreateTopicsRequestData request = new CreateTopicsRequestData();
    request.topics().add(topic);
    return done(controller.createTopics(request)).topics().find(topic.name());
  }

  private void assertError(Errors error, String message, CreatableTopic topic) {
    CreatableTopicResult result = create(topic);
    assertEquals(error, Errors.forCode(result.errorCode()), result.errorMessage());
    assertTrue(result.errorMessage().contains(message), result.errorMessage());
  }

  private short grow(String name, int count) {
    CreatePartitionsRequestData request = new CreatePartitionsRequestData();
    request
        .topics()
        .add(new CreatePartitionsTopic().setName(name).setCount(count).setAssignments(null));
    return done(controller.createPartitions(request)).results().get(0).errorCode();
  }

  private Errors alter(String topic, String name, OpType type, String value) {
    return alter(new ConfigResource(ConfigResource.Type.TOPIC, topic), name, type, value);
  }

  private Errors alter(ConfigResource resource, String name, String value) {
    return alter(resource, name, OpType.SET, value);
  }

  private Errors alter(ConfigResource resource, String name, OpType type, String value) {
    return done(controller.incrementalAlterConfigs(
            Map.of(resource, Map.of(name, new ConfigChange(type, value))), false))
        .get(resource)
        .error();
  }

  private Map<String, String> configsOf(String topic) {
    return view.image()
        .configs()
        .configMapForResource(new ConfigResource(ConfigResource.Type.TOPIC, topic));
  }

  private static CreatableTopic topic(String name, int partitions, int replicas) {
    return new CreatableTopic()
        .setName(name)
        .setNumPartitions(partitions)
        .setReplicationFactor((short) replicas);
  }

  private static <T> T done(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    assertTrue(future.isDone(), "still waiting");
    return future.join();
  }
}

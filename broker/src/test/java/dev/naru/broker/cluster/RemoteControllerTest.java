package dev.naru.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController.ConfigChange;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.MemoryRecordStore;
import dev.naru.broker.metadata.MetadataLog;
import dev.naru.broker.metadata.MetadataPosition;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.MetadataWaiters;
import dev.naru.broker.metadata.PublishedMetadata;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.topic.TopicServices;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.common.ProducerIdsBlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Node 2 has node 1 change the metadata, over a real link, and follows at the test's pace. */
class RemoteControllerTest {
  private final BrokerConfig config = BrokerConfig.of(Map.of("node.id", "1"));
  private final LiveConfigs configs = new LiveConfigs(config);
  private final List<AutoCloseable> started = new ArrayList<>();

  // Node 1, the controller.
  private final MetadataView view = new MetadataView(1, "the-cluster");
  private final ExecutorService metadataThread = MetadataPublisher.newThread();
  private final MetadataLog log =
      MetadataLog.open(
          new MemoryRecordStore(), view, ControllerService.bootstrap(), metadataThread, () -> 42L);
  private final ControllerService local =
      new ControllerService(log, configs, new GroupConfigRules(config));
  private volatile ControllerService active = local;
  private final NodeFront node1 = started(new NodeFront(1, handlers()));

  // Node 2, which asks.
  private final MetadataView followed = new MetadataView(2, "the-cluster");
  private final MetadataWaiters progress = new MetadataWaiters();
  private final Queue<MetadataImage> unseen = new ArrayDeque<>();
  private boolean lagging;
  private volatile NodeAddress address = node1.address;
  private final NodeFront node2 = started(new NodeFront(2, List.of()));
  private final NetworkLinks links =
      started(NetworkLinks.start(2, new NodeSecret(NodeFront.SECRET), 30_000));
  private final RemoteController remote =
      new RemoteController(
          new RemoteController.Surroundings(
              links,
              () -> address,
              followed,
              progress,
              new LiveConfigs(BrokerConfig.of(Map.of("node.id", "2"))),
              node2.timers()));

  RemoteControllerTest() {
    register(1);
    register(2);
    join(
        log.addListener(
            (delta, image) -> {
              follow(image);
              return CompletableFuture.completedFuture(null);
            }));
  }

  private List<ApiHandler> handlers() {
    return ControllerHandlers.all(
        new TopicServices(
            view,
            CurrentController.orRefusal(() -> active),
            new PartitionLookup(view, new PartitionRegistry(), name -> false),
            configs,
            new GroupConfigRules(config),
            Runnable::run));
  }

  private <T extends AutoCloseable> T started(T part) {
    started.add(0, part);
    return part;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable part : started) {
      part.close();
    }
    metadataThread.shutdown();
  }

  private void register(int nodeId) {
    BrokerConfig node = BrokerConfig.of(Map.of("node.id", nodeId + ""));
    join(local.registerBroker(node.withPorts(Map.of("PLAINTEXT", 9000 + nodeId))));
  }

  private synchronized void follow(MetadataImage image) {
    unseen.add(image);
    if (!lagging) {
      catchUp();
    }
  }

  private synchronized void catchUp() {
    while (!unseen.isEmpty()) {
      MetadataImage image = unseen.remove();
      PublishedMetadata.publish(followed, image);
      progress.reached(MetadataPosition.of(image));
    }
    lagging = false;
  }

  private synchronized void lag() {
    lagging = true;
  }

  private static <T> T join(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  private static CreateTopicsRequestData creation(String name, int partitions) {
    CreateTopicsRequestData request = new CreateTopicsRequestData();
    request
        .topics()
        .add(
            new CreatableTopic()
                .setName(name)
                .setNumPartitions(partitions)
                .setReplicationFactor((short) -1));
    return request;
  }

  private CreatableTopicResult create(String name, int partitions) {
    return join(remote.createTopics(creation(name, partitions))).topics().find(name);
  }

  private Map<String, String> configsOf(String topic) {
    return followed
        .image()
        .configs()
        .configMapForResource(new ConfigResource(ConfigResource.Type.TOPIC, topic));
  }

  @Test
  void whatWasAnsweredIsSeenByTheNodeThatAsked() {
    for (int i = 0; i < 20; i++) {
      CreatableTopicResult result = create("t" + i, 3);
      assertEquals(Errors.NONE.code(), result.errorCode());
      assertEquals(followed.topic("t" + i).id(), result.topicId());
      assertEquals(3, followed.topic("t" + i).partitions().size());
    }
  }

  @Test
  void anAnswerWaitsUntilThisNodeSeesIt() {
    lag();
    CompletableFuture<CreateTopicsResponseData> answer =
        remote.createTopics(creation("pages", 1)).toCompletableFuture();
    CompletableFuture<CreateTopicsResponseData> again =
        remote.createTopics(creation("pages", 1)).toCompletableFuture();
    answersHaveCome();
    assertNull(followed.topic("pages"));
    assertFalse(answer.isDone() || again.isDone());
    catchUp();
    assertEquals(0, join(answer).topics().find("pages").errorCode());
    assertNotNull(followed.topic("pages"));
    assertEquals(
        Errors.TOPIC_ALREADY_EXISTS.code(), join(again).topics().find("pages").errorCode());
  }

  /** Those to requests that were sent before, since they come in order. */
  private void answersHaveCome() {
    NodeFront.await(
        links.send(node1.address, new CreateTopicsRequest.Builder(creation("later", 1))),
        CreateTopicsResponse.class);
  }

  @Test
  void aNodeThatDoesNotFollowAnswersAllTheSame() {
    lag();
    CompletableFuture<CreateTopicsResponseData> answer =
        remote.createTopics(creation("pages", 1).setTimeoutMs(1000)).toCompletableFuture();
    assertEquals(0, join(answer).topics().find("pages").errorCode());
    assertNull(followed.topic("pages"));
  }

  @Test
  void errorsComeBackAsTheyAre() {
    create("pages", 1);
    assertEquals(Errors.TOPIC_ALREADY_EXISTS.code(), create("pages", 1).errorCode());
    CreatableTopicResult invalid = create("no name", 1);
    assertEquals(Errors.INVALID_TOPIC_EXCEPTION.code(), invalid.errorCode());
    assertTrue(invalid.errorMessage().contains("no name"), invalid.errorMessage());
  }

  /** Tagged fields are not in all versions that clients speak. */
  @Test
  void clientsOfAnyVersionCanBeToldTheAnswer() {
    CreateTopicsResponseData answer = join(remote.createTopics(creation("pages", 1)));
    for (short version : ApiKeys.CREATE_TOPICS.allVersions()) {
      assertTrue(MessageUtil.toByteBufferAccessor(answer, version).buffer().hasRemaining());
    }
  }

  @Test
  void topicsGrowAndGo() {
    Uuid id = create("pages", 1).topicId();
    CreatePartitionsRequestData growth = new CreatePartitionsRequestData().setTimeoutMs(20_000);
    growth
        .topics()
        .add(new CreatePartitionsTopic().setName("pages").setCount(4).setAssignments(null));
    CreatePartitionsResponseData grown = join(remote.createPartitions(growth));
    assertEquals(0, grown.results().get(0).errorCode());
    assertEquals(4, followed.topic("pages").partitions().size());

    Uuid unknown = Uuid.randomUuid();
    Map<Uuid, ApiError> gone = join(remote.deleteTopics(Set.of(id, unknown)));
    assertEquals(Errors.NONE, gone.get(id).error());
    assertEquals(Errors.UNKNOWN_TOPIC_ID, gone.get(unknown).error());
    assertNull(followed.topic("pages"));
  }

  @Test
  void configsChange() {
    create("pages", 1);
    ConfigResource pages = new ConfigResource(ConfigResource.Type.TOPIC, "pages");
    ConfigResource other = new ConfigResource(ConfigResource.Type.TOPIC, "other");
    ConfigChange hour = new ConfigChange(OpType.SET, "3600000");
    Map<ConfigResource, ApiError> results =
        join(
            remote.incrementalAlterConfigs(
                Map.of(pages, Map.of("retention.ms", hour), other, Map.of("retention.ms", hour)),
                false));
    assertEquals(Errors.NONE, results.get(pages).error());
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, results.get(other).error());
    assertEquals(Map.of("retention.ms", "3600000"), configsOf("pages"));

    ConfigChange none = new ConfigChange(OpType.DELETE, null);
    join(remote.incrementalAlterConfigs(Map.of(pages, Map.of("retention.ms", none)), false));
    assertEquals(Map.of(), configsOf("pages"));

    Map<String, String> wanted = Map.of("cleanup.policy", "compact");
    assertEquals(
        Errors.NONE, join(remote.replaceConfigs(Map.of(pages, wanted), false)).get(pages).error());
    assertEquals(wanted, configsOf("pages"));
    join(remote.replaceConfigs(Map.of(pages, Map.of()), true));
    assertEquals(wanted, configsOf("pages"), "it was only to be validated");
  }

  @Test
  void topicsThatAreNeededAreMadeOnceAndAsOnOneNode() {
    Uuid id = join(remote.ensureTopic("__consumer_offsets", -1, Map.of()));
    assertEquals(id, followed.topic("__consumer_offsets").id());
    assertEquals(50, followed.topic("__consumer_offsets").partitions().size());
    assertEquals("compact", configsOf("__consumer_offsets").get("cleanup.policy"));
    assertEquals(id, join(remote.ensureTopic("__consumer_offsets", -1, Map.of())));

    join(remote.ensureTopic("pages", 7, Map.of("retention.ms", "5")));
    assertEquals(7, followed.topic("pages").partitions().size());
    assertEquals(Map.of("retention.ms", "5"), configsOf("pages"));
    assertInstanceOf(
        InvalidTopicException.class, NodeFront.failure(remote.ensureTopic("no name", 1, Map.of())));
  }

  @Test
  void aTopicThatAnotherNodeMadeMeanwhileIsFine() {
    lag();
    Uuid made = join(local.ensureTopic("pages", 1, Map.of()));
    CompletableFuture<Uuid> asked = remote.ensureTopic("pages", 1, Map.of()).toCompletableFuture();
    assertFalse(asked.isDone());
    catchUp();
    assertEquals(made, join(asked));
  }

  private long epochOf(int nodeId) {
    return view.image().cluster().brokerEpoch(nodeId);
  }

  @Test
  void nodesGetProducerIdsThatNobodyElseHas() {
    ProducerIdsBlock first = join(remote.allocateProducerIds());
    ProducerIdsBlock own = join(local.allocateProducerIds());
    ProducerIdsBlock second = join(remote.allocateProducerIds());
    assertEquals(2, first.assignedBrokerId());
    assertEquals(1000, first.size());
    assertEquals(first.firstProducerId() + 1000, own.firstProducerId());
    assertEquals(own.firstProducerId() + 1000, second.firstProducerId());
  }

  @Test
  void onlyRegisteredNodesGetProducerIds() {
    assertInstanceOf(
        BrokerIdNotRegisteredException.class, NodeFront.failure(remote.allocateProducerIds(3, 0)));
    assertInstanceOf(
        StaleBrokerEpochException.class,
        NodeFront.failure(remote.allocateProducerIds(2, epochOf(2) + 1)));
  }

  @Test
  void nodesThatAreThereAreNotForgotten() {
    assertTrue(
        NodeFront.failure(remote.unregisterBroker(2)) instanceof InvalidRequestException refusal
            && refusal.getMessage().equals("Node 2 is alive, and would come back; stop it first"));
    assertInstanceOf(
        BrokerIdNotRegisteredException.class, NodeFront.failure(remote.unregisterBroker(7)));
  }

  @Test
  void aCommandWaitsForAController() {
    address = null;
    CompletableFuture<Uuid> asked = remote.ensureTopic("pages", 1, Map.of()).toCompletableFuture();
    active = null;
    address = node1.address;
    CompletableFuture<CreateTopicsResponseData> created =
        remote.createTopics(creation("other", 1)).toCompletableFuture();
    assertFalse(asked.isDone());
    active = local;
    assertEquals(join(asked), followed.topic("pages").id());
    assertEquals(0, join(created).topics().find("other").errorCode());
  }

  @Test
  void withoutAControllerACommandFails() {
    address = null;
    assertInstanceOf(
        NotControllerException.class,
        NodeFront.failure(remote.createTopics(creation("pages", 1).setTimeoutMs(1))));
    address = node1.address;
    active = null;
    Throwable failure =
        NodeFront.failure(remote.createTopics(creation("pages", 1).setTimeoutMs(1)));
    // The last try may meet the deadline before its answer, and then nobody knows.
    assertTrue(
        failure instanceof NotControllerException || failure instanceof TimeoutException,
        () -> "" + failure);
    assertNull(followed.topic("pages"));
  }

  private final BlockingQueue<Request> held = new LinkedBlockingQueue<>();

  /** Another node that answers nothing. */
  private NodeFront silent() {
    return started(
        new NodeFront(
            3,
            List.of(
                NodeFront.serving(ApiKeys.CREATE_TOPICS, held::add),
                NodeFront.serving(ApiKeys.ALLOCATE_PRODUCER_IDS, held::add))));
  }

  private Request held() throws InterruptedException {
    Request request = held.poll(20, TimeUnit.SECONDS);
    assertNotNull(request, "no request came");
    return request;
  }

  @Test
  void aConnectionThatBreaksLeavesACommandUnknownAndRepeatsWhatMayBe() throws Exception {
    address = silent().address;
    CompletionStage<CreateTopicsResponseData> created = remote.createTopics(creation("a", 1));
    held().close("the test wants it");
    assertInstanceOf(TimeoutException.class, NodeFront.failure(created));

    CompletionStage<Uuid> ensured = remote.ensureTopic("b", 1, Map.of());
    Request asked = held();
    address = node1.address;
    asked.close("the test wants it");
    assertEquals(join(ensured), followed.topic("b").id());
  }

  @Test
  void aControllerThatHangsIsLeftWhenThereIsAnother() throws Exception {
    address = silent().address;
    CompletionStage<CreateTopicsResponseData> created =
        remote.createTopics(creation("a", 1).setTimeoutMs(60_000));
    CompletionStage<ProducerIdsBlock> ids = remote.allocateProducerIds();
    held();
    held();
    address = node1.address;
    assertInstanceOf(TimeoutException.class, NodeFront.failure(created));
    assertEquals(1000, join(ids).size());
  }

  @Test
  void aNodeThatIsItsOwnControllerAsksNobody() {
    address = null;
    CurrentController current = CurrentController.orRemote(() -> active, remote);
    assertEquals(0, join(current.createTopics(creation("a", 1))).topics().find("a").errorCode());
    active = null;
    address = node1.address;
    CompletionStage<CreateTopicsResponseData> passedOn = current.createTopics(creation("b", 1));
    active = local;
    assertEquals(0, join(passedOn).topics().find("b").errorCode());
  }
}

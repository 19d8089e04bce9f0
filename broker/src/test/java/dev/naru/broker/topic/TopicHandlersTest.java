package dev.naru.broker.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.cluster.CurrentController;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.MemoryRecordStore;
import dev.naru.broker.metadata.MetadataLog;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.NodeService;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.ListenerCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TopicHandlersTest {
  private Map<ApiKeys, ApiHandler> handlers;
  private MetadataView view;
  private MetadataLog log;
  private TopicServices services;

  @BeforeEach
  void start() {
    start(Map.of());
  }

  private void start(Map<String, String> options) {
    BrokerConfig config = BrokerConfig.of(options);
    view = new MetadataView(1, "the-cluster");
    log =
        MetadataLog.open(
            new MemoryRecordStore(), view, ControllerService.bootstrap(), Runnable::run, () -> 42L);
    LiveConfigs configs = new LiveConfigs(config);
    GroupConfigRules groups = new GroupConfigRules(config);
    ControllerService controller = new ControllerService(log, configs, groups);
    controller
        .registerBroker(config.withPorts(Map.of("PLAINTEXT", 19092)))
        .toCompletableFuture()
        .join();
    services =
        new TopicServices(
            view,
            controller,
            new PartitionLookup(view, new PartitionRegistry(), name -> true),
            configs,
            groups,
            Runnable::run);
    serve(services);
  }

  private void serve(TopicServices services) {
    handlers = new java.util.EnumMap<>(ApiKeys.class);
    TopicHandlers.all(services).forEach(handler -> handlers.put(handler.api(), handler));
  }

  @Test
  void createsAndShowsTopicsInEveryVersion() {
    for (short version : ApiKeys.CREATE_TOPICS.allVersions()) {
      create("t" + version, 2, version);
    }
    int topics = view.image().topics().topicsByName().size();
    for (short version : ApiKeys.METADATA.allVersions()) {
      MetadataRequestData all =
          new MetadataRequestData().setTopics(version == 0 ? List.of() : null);
      MetadataResponseData answer = metadata(all, version);
      assertEquals(topics, answer.topics().size(), "version " + version);
      assertEquals(19092, answer.brokers().find(1).port());
      assertEquals(2, answer.topics().find("t5").partitions().size());
      if (version >= 1) {
        assertEquals(1, answer.controllerId());
        assertEquals(0, metadata(new MetadataRequestData(), version).topics().size());
      }
      if (version >= 2) {
        assertEquals("the-cluster", answer.clusterId());
      }
      if (version >= 10) {
        assertEquals(view.topic("t5").id(), answer.topics().find("t5").topicId());
      }
    }
  }

  @Test
  void aTopicThatNobodyCanMakeNowIsWaitedFor() {
    serve(
        new TopicServices(
            view,
            CurrentController.orRefusal(() -> null),
            services.partitions(),
            services.configs(),
            services.groups(),
            services.blocking()));
    assertEquals(Errors.LEADER_NOT_AVAILABLE, named("fresh", true));
  }

  @Test
  void makesTopicsThatAreNamedWhenThatIsAllowed() {
    assertEquals(Errors.NONE, named("fresh", true));
    assertEquals(1, view.topic("fresh").partitions().size());
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, named("other", false));
    assertEquals(Errors.INVALID_TOPIC_EXCEPTION, named("not a name", true));
    assertEquals(Errors.INVALID_TOPIC_EXCEPTION, named("not a name", false));

    start(Map.of("auto.create.topics.enable", "false"));
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, named("fresh", true));
    assertNull(view.topic("fresh"));
  }

  @Test
  void showsTopicsById() {
    create("pages", 1, 7);
    Uuid unknown = Uuid.randomUuid();
    MetadataRequestData data =
        new MetadataRequestData()
            .setTopics(
                List.of(
                    new MetadataRequestTopic().setName(null).setTopicId(view.topic("pages").id()),
                    new MetadataRequestTopic().setName(null).setTopicId(unknown)));
    MetadataResponseData answer = metadata(data, 12);
    assertEquals(1, answer.topics().find("pages").partitions().size());
    var missing =
        answer.topics().stream().filter(t -> t.topicId().equals(unknown)).findFirst().orElseThrow();
    assertEquals(Errors.UNKNOWN_TOPIC_ID.code(), missing.errorCode());
    assertInstanceOf(
        InvalidRequestException.class,
        FakeRequest.failure(handlers.get(ApiKeys.METADATA), data, 11));
  }

  @Test
  void pagesThroughTopicPartitions() {
    create("a", 3, 7);
    create("b", 3, 7);
    create("c", 1, 7);
    List<String> seen = new ArrayList<>();
    DescribeTopicPartitionsRequestData data =
        new DescribeTopicPartitionsRequestData().setResponsePartitionLimit(2);
    for (int page = 0; page < 10; page++) {
      var answer =
          ask(
              ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
              data,
              0,
              DescribeTopicPartitionsResponseData.class);
      answer
          .topics()
          .forEach(t -> t.partitions().forEach(p -> seen.add(t.name() + p.partitionIndex())));
      if (answer.nextCursor() == null) {
        break;
      }
      data.setCursor(
          new DescribeTopicPartitionsRequestData.Cursor()
              .setTopicName(answer.nextCursor().topicName())
              .setPartitionIndex(answer.nextCursor().partitionIndex()));
    }
    assertEquals(List.of("a0", "a1", "a2", "b0", "b1", "b2", "c0"), seen);
  }

  @Test
  void describesTheCluster() {
    for (int version = 0; version <= 2; version++) {
      var answer =
          ask(
              ApiKeys.DESCRIBE_CLUSTER,
              new DescribeClusterRequestData(),
              version,
              DescribeClusterResponseData.class);
      assertEquals("the-cluster", answer.clusterId());
      assertEquals(19092, answer.brokers().find(1).port());
    }
    var controllers =
        ask(
            ApiKeys.DESCRIBE_CLUSTER,
            new DescribeClusterRequestData().setEndpointType((byte) 2),
            1,
            DescribeClusterResponseData.class);
    assertEquals(Errors.MISMATCHED_ENDPOINT_TYPE.code(), controllers.errorCode());
  }

  @Test
  void tellsOfNodesThatAreGoneWhenAskedTo() {
    NodeService nodes = new NodeService(log, 1);
    nodes.register(
        new BrokerRegistrationRequestData()
            .setBrokerId(2)
            .setIncarnationId(Uuid.randomUuid())
            .setRack("r2")
            .setListeners(
                new ListenerCollection(
                    List.of(
                            new BrokerRegistrationRequestData.Listener()
                                .setName("PLAINTEXT")
                                .setHost("two")
                                .setPort(29092))
                        .iterator())),
        Map::of);

    assertNull(describeCluster(false, 2).brokers().find(2));
    assertNull(describeCluster(false, 1).brokers().find(2));
    var all = describeCluster(true, 2).brokers();
    assertFalse(all.find(1).isFenced());
    assertTrue(all.find(2).isFenced());
    assertEquals("two:29092", all.find(2).host() + ":" + all.find(2).port());
    assertEquals("r2", all.find(2).rack());
  }

  private DescribeClusterResponseData describeCluster(boolean fenced, int version) {
    return ask(
        ApiKeys.DESCRIBE_CLUSTER,
        new DescribeClusterRequestData().setIncludeFencedBrokers(fenced),
        version,
        DescribeClusterResponseData.class);
  }

  @Test
  void deletesTopicsByNameAndById() {
    create("a", 1, 7);
    create("b", 1, 7);
    Uuid id = view.topic("b").id();
    var byName = delete(new DeleteTopicsRequestData().setTopicNames(List.of("a", "zzz", "a")), 5);
    assertEquals(Errors.INVALID_REQUEST.code(), byName.responses().find("a").errorCode());
    assertEquals(
        Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), byName.responses().find("zzz").errorCode());
    delete(new DeleteTopicsRequestData().setTopicNames(List.of("a")), 1);
    assertNull(view.topic("a"));
    var byId = new DeleteTopicsRequestData();
    byId.topics().add(new DeleteTopicState().setName(null).setTopicId(id));
    assertEquals(0, delete(byId, 6).responses().find("b").errorCode());
    assertEquals(
        Errors.UNKNOWN_TOPIC_ID.code(), delete(byId, 6).responses().iterator().next().errorCode());

    start(Map.of("delete.topic.enable", "false"));
    assertInstanceOf(
        TopicDeletionDisabledException.class,
        FakeRequest.failure(handlers.get(ApiKeys.DELETE_TOPICS), byId, 6));
  }

  @Test
  void altersAndDescribesTopicConfigs() {
    create("pages", 1, 7);
    assertEquals(Errors.NONE, alter(ConfigResource.Type.TOPIC, "pages", "retention.ms", "1000"));
    DescribeConfigsResourceResult config =
        config(ConfigResource.Type.TOPIC, "pages", "retention.ms");
    assertEquals("1000", config.value());
    assertEquals(ConfigSource.TOPIC_CONFIG.id(), config.configSource());
    assertEquals("log.retention.hours", config.synonyms().get(1).name());
    assertTrue(config.documentation().length() > 10);

    var old = new AlterConfigsRequestData();
    var resource =
        new AlterConfigsRequestData.AlterConfigsResource()
            .setResourceType(ConfigResource.Type.TOPIC.id())
            .setResourceName("pages");
    resource
        .configs()
        .add(new AlterConfigsRequestData.AlterableConfig().setName("flush.ms").setValue("9"));
    old.resources().add(resource);
    var answer = ask(ApiKeys.ALTER_CONFIGS, old, 1, AlterConfigsResponseData.class);
    assertEquals(0, answer.responses().get(0).errorCode());
    assertEquals(
        ConfigSource.DEFAULT_CONFIG.id(),
        config(ConfigResource.Type.TOPIC, "pages", "retention.ms").configSource());
    assertEquals("9", config(ConfigResource.Type.TOPIC, "pages", "flush.ms").value());
  }

  @Test
  void describesBrokersAndGroups() {
    var number = config(ConfigResource.Type.BROKER, "1", "num.partitions");
    assertEquals("1", number.value());
    assertTrue(number.readOnly());
    assertEquals(Errors.NONE, alter(ConfigResource.Type.BROKER, "", "log.retention.ms", "1000"));
    var all = config(ConfigResource.Type.BROKER, "", "log.retention.ms");
    assertEquals(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.id(), all.configSource());
    assertEquals(
        Errors.NONE, alter(ConfigResource.Type.GROUP, "g", "consumer.session.timeout.ms", "50000"));
    var timeout = config(ConfigResource.Type.GROUP, "g", "consumer.session.timeout.ms");
    assertEquals("50000", timeout.value());
    assertEquals(ConfigSource.GROUP_CONFIG.id(), timeout.configSource());
    assertEquals(
        "45000", config(ConfigResource.Type.GROUP, "h", "consumer.session.timeout.ms").value());
    var listed =
        ask(
            ApiKeys.LIST_CONFIG_RESOURCES,
            new ListConfigResourcesRequestData()
                .setResourceTypes(List.of(ConfigResource.Type.GROUP.id())),
            1,
            ListConfigResourcesResponseData.class);
    assertEquals("g", listed.configResources().get(0).resourceName());
  }

  @Test
  void refusesConfigRequestsThatMakeNoSense() {
    create("pages", 1, 7);
    var twice = new IncrementalAlterConfigsRequestData();
    twice.resources().add(change(ConfigResource.Type.TOPIC, "pages", "flush.ms", "1"));
    twice.resources().add(change(ConfigResource.Type.TOPIC, "pages", "flush.ms", "2"));
    var answer =
        ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, twice, 1, IncrementalAlterConfigsResponseData.class);
    assertEquals(2, answer.responses().size());
    answer.responses().forEach(r -> assertEquals(Errors.INVALID_REQUEST.code(), r.errorCode()));
    assertEquals(
        Errors.INVALID_REQUEST, alter(ConfigResource.Type.TOPIC, "pages", "flush.ms", null));
    assertEquals(
        Errors.INVALID_REQUEST, alter(ConfigResource.Type.BROKER_LOGGER, "1", "root", "INFO"));
    assertEquals(
        Errors.INVALID_REQUEST, alter(ConfigResource.Type.CLIENT_METRICS, "m", "match", "x"));
  }

  @Test
  void nothingIsToBeElectedOrMoved() {
    create("pages", 1, 7);
    var elect = new ElectLeadersRequestData();
    elect
        .topicPartitions()
        .add(
            new ElectLeadersRequestData.TopicPartitions()
                .setTopic("pages")
                .setPartitions(List.of(0, 7)));
    var elected = ask(ApiKeys.ELECT_LEADERS, elect, 2, ElectLeadersResponseData.class);
    var results = elected.replicaElectionResults().get(0).partitionResult();
    assertEquals(Errors.ELECTION_NOT_NEEDED.code(), results.get(0).errorCode());
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), results.get(1).errorCode());

    assertEquals(Errors.NONE, reassign(List.of(1)));
    assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign(List.of(1, 2)));
    assertEquals(Errors.NO_REASSIGNMENT_IN_PROGRESS, reassign(null));
  }

  @Test
  void theTableNamesEachApiOnce() {
    assertEquals(18, handlers.size());
  }

  private Errors reassign(List<Integer> replicas) {
    var data = new AlterPartitionReassignmentsRequestData();
    data.topics()
        .add(
            new ReassignableTopic()
                .setName("pages")
                .setPartitions(
                    List.of(
                        new ReassignablePartition().setPartitionIndex(0).setReplicas(replicas))));
    var answer =
        ask(
            ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
            data,
            1,
            AlterPartitionReassignmentsResponseData.class);
    return Errors.forCode(answer.responses().get(0).partitions().get(0).errorCode());
  }

  private Errors named(String topic, boolean mayCreate) {
    MetadataRequestData data =
        new MetadataRequestData()
            .setAllowAutoTopicCreation(mayCreate)
            .setTopics(List.of(new MetadataRequestTopic().setName(topic)));
    return Errors.forCode(metadata(data, 9).topics().find(topic).errorCode());
  }

  private MetadataResponseData metadata(MetadataRequestData data, int version) {
    return ask(ApiKeys.METADATA, data, version, MetadataResponseData.class);
  }

  private void create(String name, int partitions, int version) {
    CreateTopicsRequestData data = new CreateTopicsRequestData();
    data.topics()
        .add(
            new CreatableTopic()
                .setName(name)
                .setNumPartitions(partitions)
                .setReplicationFactor((short) 1));
    var answer = ask(ApiKeys.CREATE_TOPICS, data, version, CreateTopicsResponseData.class);
    assertEquals(0, answer.topics().find(name).errorCode());
    assertNotEquals(null, view.topic(name));
  }

  private DeleteTopicsResponseData delete(DeleteTopicsRequestData data, int version) {
    return ask(ApiKeys.DELETE_TOPICS, data, version, DeleteTopicsResponseData.class);
  }

  private Errors alter(ConfigResource.Type type, String resource, String name, String value) {
    var data = new IncrementalAlterConfigsRequestData();
    data.resources().add(change(type, resource, name, value));
    var answer =
        ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, data, 1, IncrementalAlterConfigsResponseData.class);
    return Errors.forCode(answer.responses().get(0).errorCode());
  }

  private static AlterConfigsResource change(
      ConfigResource.Type type, String resource, String name, String value) {
    var change = new AlterConfigsResource().setResourceType(type.id()).setResourceName(resource);
    change
        .configs()
        .add(
            new AlterableConfig()
                .setName(name)
                .setConfigOperation(OpType.SET.id())
                .setValue(value));
    return change;
  }

  private DescribeConfigsResourceResult config(
      ConfigResource.Type type, String resource, String name) {
    var data =
        new DescribeConfigsRequestData()
            .setIncludeSynonyms(true)
            .setIncludeDocumentation(true)
            .setResources(
                List.of(
                    new DescribeConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(resource)
                        .setConfigurationKeys(List.of(name))));
    var result =
        ask(ApiKeys.DESCRIBE_CONFIGS, data, 4, DescribeConfigsResponseData.class).results().get(0);
    assertEquals(0, result.errorCode(), result.errorMessage());
    assertEquals(1, result.configs().size());
    return result.configs().get(0);
  }

  private <T extends ApiMessage> T ask(ApiKeys api, ApiMessage data, int version, Class<T> type) {
    return FakeRequest.ask(handlers.get(api), data, version, type);
  }
}

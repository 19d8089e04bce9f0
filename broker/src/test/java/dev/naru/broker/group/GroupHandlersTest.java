package dev.naru.broker.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiHandler;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupHandlersTest {
  private static final byte[] ASSIGNMENT = {1, 2, 3};
  private FakeNode node;
  private Uuid topicId;

  @BeforeEach
  void setUp() {
    node = new FakeNode();
    topicId = node.createTopic("t", 2);
    node.start();
  }

  @AfterEach
  void tearDown() {
    node.close();
  }

  @Test
  void versionsReachDownToWhatOldClientsNeed() {
    assertEquals(14, node.handlers.size());
    assertEquals(2, node.handlers.get(ApiKeys.OFFSET_COMMIT).minVersion());
    assertEquals(1, node.handlers.get(ApiKeys.OFFSET_FETCH).minVersion());
    for (ApiKeys api :
        List.of(
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.JOIN_GROUP,
            ApiKeys.SYNC_GROUP,
            ApiKeys.HEARTBEAT,
            ApiKeys.LEAVE_GROUP,
            ApiKeys.LIST_GROUPS)) {
      ApiHandler handler = node.handlers.get(api);
      assertEquals(0, handler.minVersion());
      assertEquals(api.latestVersion(), handler.maxVersion());
    }
  }

  @Test
  void findCoordinatorMakesTheTopicItNeeds() {
    FindCoordinatorResponseData one =
        find(3, new FindCoordinatorRequestData().setKey("g").setKeyType((byte) 0));
    assertEquals(Errors.NONE.code(), one.errorCode());
    assertEquals(FakeNode.NODE_ID, one.nodeId());
    assertEquals("127.0.0.1", one.host());
    assertEquals(9092, one.port());
    assertEquals(
        FakeNode.PARTITIONS, node.view.topic(Topic.GROUP_METADATA_TOPIC_NAME).partitions().size());

    FindCoordinatorResponseData several =
        find(
            6,
            new FindCoordinatorRequestData()
                .setKeyType((byte) 1)
                .setCoordinatorKeys(List.of("tx1", "tx2")));
    assertEquals(List.of("tx1", "tx2"), several.coordinators().stream().map(c -> c.key()).toList());
    several
        .coordinators()
        .forEach(
            coordinator -> {
              assertEquals(Errors.NONE.code(), coordinator.errorCode());
              assertEquals(9092, coordinator.port());
            });
    assertEquals(2, node.view.topic(Topic.TRANSACTION_STATE_TOPIC_NAME).partitions().size());
  }

  @Test
  void shareCoordinatorsAreRefused() {
    FindCoordinatorResponseData response =
        find(
            6,
            new FindCoordinatorRequestData()
                .setKeyType((byte) 2)
                .setCoordinatorKeys(List.of("g:" + topicId + ":0")));
    assertEquals(Errors.INVALID_REQUEST.code(), response.coordinators().get(0).errorCode());
  }

  @Test
  void aClassicGroupLives() {
    JoinGroupResponseData refused = join(9, "");
    assertEquals(Errors.MEMBER_ID_REQUIRED.code(), refused.errorCode());
    JoinGroupResponseData joined = join(9, refused.memberId());
    assertEquals(Errors.NONE.code(), joined.errorCode());
    assertEquals(joined.memberId(), joined.leader());

    SyncGroupResponseData synced = sync(joined);
    assertEquals(Errors.NONE.code(), synced.errorCode());
    assertArrayEquals(ASSIGNMENT, synced.assignment());
    assertEquals(Errors.NONE, heartbeat(joined));

    DescribeGroupsResponseData.DescribedGroup described = describe("g");
    assertEquals("Stable", described.groupState());
    assertEquals(1, described.members().size());
    assertEquals(GroupOperations.ALL, described.authorizedOperations());
    assertEquals(List.of("g"), listed());

    node.restart();
    assertEquals(Errors.NONE, heartbeat(joined));
    assertEquals(Errors.NON_EMPTY_GROUP, delete("g"));

    LeaveGroupResponseData left =
        node.send(
            ApiKeys.LEAVE_GROUP,
            5,
            new LeaveGroupRequestData()
                .setGroupId("g")
                .setMembers(List.of(new MemberIdentity().setMemberId(joined.memberId()))),
            LeaveGroupResponseData.class);
    assertEquals(Errors.NONE.code(), left.members().get(0).errorCode());
    assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat(joined));
    assertEquals(Errors.NONE, delete("g"));
    assertEquals(List.of(), listed());
  }

  @Test
  void theOldestClientsJoinAndLeave() {
    JoinGroupResponseData joined = join(0, "");
    assertEquals(Errors.NONE.code(), joined.errorCode());
    assertEquals("range", joined.protocolName());
    LeaveGroupResponseData left =
        node.send(
            ApiKeys.LEAVE_GROUP,
            0,
            new LeaveGroupRequestData().setGroupId("g").setMemberId(joined.memberId()),
            LeaveGroupResponseData.class);
    assertEquals(Errors.NONE.code(), left.errorCode());
  }

  @Test
  void syncGroupWithoutItsProtocolIsRefused() {
    CompletableFuture<ApiMessage> answer =
        node.send(ApiKeys.SYNC_GROUP, 5, new SyncGroupRequestData().setGroupId("g"));
    assertThrows(InconsistentGroupProtocolException.class, () -> FakeNode.await(answer));
  }

  @Test
  void anEmptyGroupIdIsInvalid() {
    assertEquals(
        Errors.INVALID_GROUP_ID.code(),
        node.send(
                ApiKeys.HEARTBEAT,
                4,
                new HeartbeatRequestData().setGroupId("").setMemberId("m"),
                HeartbeatResponseData.class)
            .errorCode());
  }

  @Test
  void aConsumerGroupGetsItsAssignment() {
    String memberId = Uuid.randomUuid().toString();
    ConsumerGroupHeartbeatResponseData response =
        node.send(
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            1,
            new ConsumerGroupHeartbeatRequestData()
                .setGroupId("modern")
                .setMemberId(memberId)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(10_000)
                .setSubscribedTopicNames(List.of("t"))
                .setTopicPartitions(List.of()),
            ConsumerGroupHeartbeatResponseData.class);
    assertEquals(Errors.NONE.code(), response.errorCode(), response.errorMessage());
    assertTrue(response.memberEpoch() > 0);
    ConsumerGroupDescribeResponseData described =
        node.send(
            ApiKeys.CONSUMER_GROUP_DESCRIBE,
            1,
            new ConsumerGroupDescribeRequestData()
                .setGroupIds(List.of("modern", "absent"))
                .setIncludeAuthorizedOperations(true),
            ConsumerGroupDescribeResponseData.class);
    for (ConsumerGroupDescribeResponseData.DescribedGroup group : described.groups()) {
      if (group.groupId().equals("modern")) {
        assertEquals(memberId, group.members().get(0).memberId());
        assertEquals(GroupOperations.ALL, group.authorizedOperations());
      } else {
        assertEquals(Errors.GROUP_ID_NOT_FOUND.code(), group.errorCode());
      }
    }
    assertEquals(2, described.groups().size());
  }

  @Test
  void commitsNameWhatIsUnknown() {
    OffsetCommitResponseData byName =
        node.send(
            ApiKeys.OFFSET_COMMIT,
            9,
            commit(topicByName("t", 0, 7), topicByName("absent", 0)),
            OffsetCommitResponseData.class);
    assertEquals(Errors.NONE, error(byName, "t", 0));
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, error(byName, "t", 7));
    assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, error(byName, "absent", 0));

    Uuid unknown = Uuid.randomUuid();
    OffsetCommitResponseData byId =
        node.send(
            ApiKeys.OFFSET_COMMIT,
            10,
            commit(topicByName("", 1).setTopicId(topicId), topicByName("", 0).setTopicId(unknown)),
            OffsetCommitResponseData.class);
    for (OffsetCommitResponseTopic topic : byId.topics()) {
      assertEquals(
          topic.topicId().equals(unknown) ? Errors.UNKNOWN_TOPIC_ID : Errors.NONE,
          Errors.forCode(topic.partitions().get(0).errorCode()));
    }
    assertEquals(2, byId.topics().size());
  }

  @Test
  void offsetsAreFetchedByEveryVersion() {
    node.send(
        ApiKeys.OFFSET_COMMIT, 9, commit(topicByName("t", 0, 1)), OffsetCommitResponseData.class);
    for (int version = 1; version < 8; version++) {
      OffsetFetchResponseData response =
          node.send(
              ApiKeys.OFFSET_FETCH,
              version,
              new OffsetFetchRequestData()
                  .setGroupId("g")
                  .setTopics(
                      List.of(
                          new OffsetFetchRequestTopic()
                              .setName("t")
                              .setPartitionIndexes(List.of(1)))),
              OffsetFetchResponseData.class);
      assertEquals(17, response.topics().get(0).partitions().get(0).committedOffset());
    }
    OffsetFetchResponseData all =
        fetch(9, new OffsetFetchRequestGroup().setGroupId("g").setTopics(null));
    assertEquals(2, all.groups().get(0).topics().get(0).partitions().size());

    Uuid unknown = Uuid.randomUuid();
    OffsetFetchResponseData byId =
        fetch(
            10,
            new OffsetFetchRequestGroup()
                .setGroupId("g")
                .setTopics(
                    List.of(
                        new OffsetFetchRequestTopics()
                            .setTopicId(topicId)
                            .setPartitionIndexes(List.of(1)),
                        new OffsetFetchRequestTopics()
                            .setTopicId(unknown)
                            .setPartitionIndexes(List.of(0)))),
            new OffsetFetchRequestGroup().setGroupId("g").setTopics(null));
    OffsetFetchResponseGroup group = byId.groups().get(0);
    assertEquals(topicId, group.topics().get(0).topicId());
    assertEquals(17, group.topics().get(0).partitions().get(0).committedOffset());
    assertEquals(
        Errors.UNKNOWN_TOPIC_ID.code(), group.topics().get(1).partitions().get(0).errorCode());
    assertEquals(topicId, byId.groups().get(1).topics().get(0).topicId());
  }

  @Test
  void committedOffsetsCanBeDeleted() {
    node.send(
        ApiKeys.OFFSET_COMMIT, 9, commit(topicByName("t", 0, 1)), OffsetCommitResponseData.class);
    OffsetDeleteRequestTopicCollection topics = new OffsetDeleteRequestTopicCollection();
    topics.add(
        new OffsetDeleteRequestTopic()
            .setName("t")
            .setPartitions(
                List.of(
                    new OffsetDeleteRequestPartition().setPartitionIndex(1),
                    new OffsetDeleteRequestPartition().setPartitionIndex(9))));
    OffsetDeleteResponseData deleted =
        node.send(
            ApiKeys.OFFSET_DELETE,
            0,
            new OffsetDeleteRequestData().setGroupId("g").setTopics(topics),
            OffsetDeleteResponseData.class);
    assertEquals(Errors.NONE.code(), deleted.errorCode());
    assertEquals(Errors.NONE.code(), deleted.topics().find("t").partitions().find(1).errorCode());
    assertEquals(
        Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
        deleted.topics().find("t").partitions().find(9).errorCode());
    OffsetFetchResponseData left =
        fetch(9, new OffsetFetchRequestGroup().setGroupId("g").setTopics(null));
    assertEquals(1, left.groups().get(0).topics().get(0).partitions().size());
  }

  @Test
  void listingGroupsMakesNoTopic() {
    assertEquals(List.of(), listed());
    assertEquals(0, node.creations);
    assertNotEquals(Errors.NONE, delete("absent"));
  }

  private FindCoordinatorResponseData find(int version, FindCoordinatorRequestData data) {
    return node.send(ApiKeys.FIND_COORDINATOR, version, data, FindCoordinatorResponseData.class);
  }

  private JoinGroupResponseData join(int version, String memberId) {
    JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
    protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[0]));
    return node.send(
        ApiKeys.JOIN_GROUP,
        version,
        new JoinGroupRequestData()
            .setGroupId("g")
            .setMemberId(memberId)
            .setProtocolType("consumer")
            .setSessionTimeoutMs(30_000)
            .setRebalanceTimeoutMs(version == 0 ? -1 : 30_000)
            .setProtocols(protocols),
        JoinGroupResponseData.class);
  }

  private SyncGroupResponseData sync(JoinGroupResponseData joined) {
    return node.send(
        ApiKeys.SYNC_GROUP,
        5,
        new SyncGroupRequestData()
            .setGroupId("g")
            .setMemberId(joined.memberId())
            .setGenerationId(joined.generationId())
            .setProtocolType("consumer")
            .setProtocolName("range")
            .setAssignments(
                List.of(
                    new SyncGroupRequestAssignment()
                        .setMemberId(joined.memberId())
                        .setAssignment(ASSIGNMENT))),
        SyncGroupResponseData.class);
  }

  private Errors heartbeat(JoinGroupResponseData joined) {
    return Errors.forCode(
        node.send(
                ApiKeys.HEARTBEAT,
                4,
                new HeartbeatRequestData()
                    .setGroupId("g")
                    .setMemberId(joined.memberId())
                    .setGenerationId(joined.generationId()),
                HeartbeatResponseData.class)
            .errorCode());
  }

  private DescribeGroupsResponseData.DescribedGroup describe(String group) {
    return node.send(
            ApiKeys.DESCRIBE_GROUPS,
            5,
            new DescribeGroupsRequestData()
                .setGroups(List.of(group))
                .setIncludeAuthorizedOperations(true),
            DescribeGroupsResponseData.class)
        .groups()
        .get(0);
  }

  private List<String> listed() {
    return node
        .send(ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData(), ListGroupsResponseData.class)
        .groups()
        .stream()
        .map(group -> group.groupId())
        .toList();
  }

  private Errors delete(String group) {
    return Errors.forCode(
        node.send(
                ApiKeys.DELETE_GROUPS,
                2,
                new DeleteGroupsRequestData().setGroupsNames(List.of(group)),
                DeleteGroupsResponseData.class)
            .results()
            .find(group)
            .errorCode());
  }

  private OffsetFetchResponseData fetch(int version, OffsetFetchRequestGroup... groups) {
    return node.send(
        ApiKeys.OFFSET_FETCH,
        version,
        new OffsetFetchRequestData().setGroups(List.of(groups)),
        OffsetFetchResponseData.class);
  }

  private static OffsetCommitRequestData commit(OffsetCommitRequestTopic... topics) {
    return new OffsetCommitRequestData().setGroupId("g").setTopics(List.of(topics));
  }

  private static OffsetCommitRequestTopic topicByName(String name, int... partitions) {
    OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic().setName(name);
    for (int partition : partitions) {
      topic
          .partitions()
          .add(
              new OffsetCommitRequestPartition()
                  .setPartitionIndex(partition)
                  .setCommittedOffset(16 + partition));
    }
    return topic;
  }

  private static Errors error(OffsetCommitResponseData response, String topic, int partition) {
    return response.topics().stream()
        .filter(candidate -> candidate.name().equals(topic))
        .flatMap(found -> found.partitions().stream())
        .filter(candidate -> candidate.partitionIndex() == partition)
        .map(found -> Errors.forCode(found.errorCode()))
        .findFirst()
        .orElseThrow();
  }
}

package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who owns what when nodes come, go and come back. */
class OwnershipTest {
  private final Map<Integer, Uuid> alive = new HashMap<>();
  private MetadataImage image = MetadataImage.EMPTY;

  @BeforeEach
  void cluster() {
    replay(ClusterCommands.bootstrap());
  }

  private void replay(List<ApiMessageAndVersion> records) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
    records.forEach(record -> delta.replay(record.message()));
    long offset = Math.max(0, image.provenance().lastContainedOffset()) + records.size();
    image = delta.apply(new MetadataProvenance(offset, 1, 0, true));
  }

  private void comes(int node) {
    comes(node, null);
  }

  private void comes(int node, String rack) {
    alive.put(node, Uuid.randomUuid());
    BrokerRegistrationRequestData request =
        new BrokerRegistrationRequestData()
            .setBrokerId(node)
            .setRack(rack)
            .setIncarnationId(alive.get(node));
    replay(NodeCommands.register(image, request, alive).records());
    settle();
  }

  private void goes(int node) {
    alive.remove(node);
    replay(NodeCommands.see(image, alive).records());
    settle();
  }

  private void settle() {
    for (Outcome<Boolean> next = NodeCommands.spread(image, 1);
        !next.records().isEmpty();
        next = NodeCommands.spread(image, 1)) {
      replay(next.records());
    }
  }

  private Uuid topic(String name, int partitions, int replicas) {
    Uuid id = Uuid.randomUuid();
    replay(List.of(version0(new TopicRecord().setName(name).setTopicId(id))));
    Ownership ownership = new Ownership(image, 1);
    for (int i = 0; i < partitions; i++) {
      List<Integer> nodes = ownership.place(id, i, replicas);
      PartitionRecord record =
          new PartitionRecord()
              .setTopicId(id)
              .setPartitionId(i)
              .setReplicas(nodes)
              .setIsr(nodes)
              .setDirectories(nodes.stream().map(node -> Uuid.ZERO_UUID).toList())
              .setLeader(nodes.get(0));
      replay(List.of(new ApiMessageAndVersion(record, (short) 1)));
    }
    return id;
  }

  private static ApiMessageAndVersion version0(ApiMessage message) {
    return new ApiMessageAndVersion(message, (short) 0);
  }

  private Map<Integer, Integer> owned(Uuid topic) {
    Map<Integer, Integer> counts = new TreeMap<>();
    image
        .topics()
        .getTopic(topic)
        .partitions()
        .values()
        .forEach(partition -> counts.merge(partition.leader, 1, Integer::sum));
    return counts;
  }

  private PartitionRegistration partition(Uuid topic, int index) {
    return image.topics().getTopic(topic).partitions().get(index);
  }

  @Test
  void aNewTopicIsSpreadOverAllNodes() {
    comes(1);
    comes(2);
    comes(3);
    Uuid topic = topic("t", 9, 2);
    assertEquals(Map.of(1, 3, 2, 3, 3, 3), owned(topic));
    for (PartitionRegistration each : image.topics().getTopic(topic).partitions().values()) {
      assertEquals(2, each.replicas.length);
      assertEquals(each.leader, each.replicas[0]);
    }
  }

  @Test
  void smallTopicsDoNotAllBeginAtTheSameNode() {
    comes(1);
    comes(2);
    comes(3);
    HashSet<Integer> owners = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      owners.addAll(owned(topic("t" + i, 1, 1)).keySet());
    }
    assertEquals(3, owners.size());
  }

  @Test
  void whatADeadNodeOwnedGoesToTheOthersAndTheRestStays() {
    comes(1);
    comes(2);
    comes(3);
    Uuid topic = topic("t", 6, 3);
    TopicImage before = image.topics().getTopic(topic);

    goes(2);

    assertEquals(Map.of(1, 3, 3, 3), owned(topic));
    before
        .partitions()
        .forEach(
            (index, old) -> {
              PartitionRegistration now = partition(topic, index);
              boolean moved = old.leader == 2;
              assertEquals(old.leaderEpoch + (moved ? 1 : 0), now.leaderEpoch, "the leader epoch");
              assertEquals(moved, old.leader != now.leader);
              assertEquals(2, now.isr.length, "in sync are those that are there");
            });
  }

  @Test
  void aNodeThatComesBackIsInSyncAgainAndGetsItsShare() {
    comes(1);
    comes(2);
    comes(3);
    Uuid topic = topic("t", 6, 3);
    goes(2);
    comes(2);
    assertEquals(Map.of(1, 2, 2, 2, 3, 2), owned(topic));
    assertEquals(3, partition(topic, 0).isr.length);
  }

  @Test
  void aFourthNodeGetsItsShareAndNoMore() {
    comes(1);
    comes(2);
    comes(3);
    Uuid topic = topic("t", 12, 1);
    Map<Integer, Integer> epochs = new HashMap<>();
    image.topics().getTopic(topic).partitions().forEach((i, p) -> epochs.put(i, p.leaderEpoch));

    comes(4);

    assertEquals(Map.of(1, 3, 2, 3, 3, 3, 4, 3), owned(topic));
    long moved =
        image.topics().getTopic(topic).partitions().entrySet().stream()
            .filter(each -> each.getValue().leaderEpoch != epochs.get(each.getKey()))
            .count();
    assertEquals(3, moved, "as few as can be");
  }

  @Test
  void anOwnerThatWasNoReplicaTakesThePlaceOfTheOneBefore() {
    comes(1);
    comes(2);
    Uuid topic = topic("t", 1, 1);
    int owner = partition(topic, 0).leader;
    goes(owner);
    PartitionRegistration now = partition(topic, 0);
    assertEquals(3 - owner, now.leader);
    assertEquals(1, now.replicas.length);
    assertEquals(3 - owner, now.replicas[0]);
    assertEquals(3 - owner, now.isr[0]);
  }

  @Test
  void withoutAnyNodeAPartitionHasNoOwnerAndItsLastOneInSyncStays() {
    comes(1);
    Uuid topic = topic("t", 1, 1);
    goes(1);
    assertFalse(partition(topic, 0).hasLeader());
    assertEquals(1, partition(topic, 0).isr.length);
    comes(1);
    assertEquals(1, partition(topic, 0).leader);
  }

  @Test
  void aNodeThatLeavesGivesAwayWhatItOwnsAndGetsNothing() {
    comes(1);
    comes(2);
    Uuid topic = topic("t", 4, 2);
    long epoch = image.cluster().broker(2).epoch();
    replay(NodeCommands.leave(image, 2, epoch).records());
    settle();
    assertEquals(Map.of(1, 4), owned(topic));
    assertFalse(NodeCommands.ownsAnything(image, 2));
    assertEquals(Map.of(1, 2), owned(topic("later", 2, 1)));
  }

  @Test
  void replicasAreOnDifferentRacksWhileThereAreAny() {
    comes(1, "a");
    comes(2, "a");
    comes(3, "b");
    Uuid topic = topic("t", 6, 2);
    for (PartitionRegistration each : image.topics().getTopic(topic).partitions().values()) {
      boolean one = each.replicas[0] == 3;
      boolean other = each.replicas[1] == 3;
      assertTrue(one != other, "one replica on each rack");
    }
  }

  @Test
  void nothingChangesWhenNothingHasTo() {
    comes(1);
    comes(2);
    comes(3);
    topic("t", 7, 3);
    settle();
    assertEquals(List.of(), NodeCommands.spread(image, 1).records());
    assertEquals(List.of(), NodeCommands.see(image, alive).records());
  }

  @Test
  void manyMovesComeInSeveralBatches() {
    comes(1);
    Uuid topic = topic("t", 20, 1);
    comes(2);
    // By now they are even; a third one takes a third of each.
    alive.put(3, Uuid.randomUuid());
    BrokerRegistrationRequestData request =
        new BrokerRegistrationRequestData().setBrokerId(3).setIncarnationId(alive.get(3));
    replay(NodeCommands.register(image, request, alive).records());
    int records = 0;
    for (List<ApiMessageAndVersion> some = new Ownership(image, 1).changes(2);
        !some.isEmpty();
        some = new Ownership(image, 1).changes(2)) {
      assertTrue(some.size() <= 2);
      assertTrue(some.get(0).message() instanceof PartitionChangeRecord);
      records += some.size();
      replay(some);
    }
    assertEquals(6, records);
    assertEquals(6, owned(topic).get(3));
  }

  @Test
  void anotherProcessWithTheIdOfOneThatIsThereIsRefused() {
    comes(1);
    BrokerRegistrationRequestData other =
        new BrokerRegistrationRequestData().setBrokerId(1).setIncarnationId(Uuid.randomUuid());
    org.junit.jupiter.api.Assertions.assertThrows(
        org.apache.kafka.common.errors.DuplicateBrokerRegistrationException.class,
        () -> NodeCommands.register(image, other, alive));
  }
}

package dev.naru.proving.clients;

import static dev.naru.proving.Clients.errorOf;
import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups as the Java admin client sees and changes them. */
class AdminGroupsIT {
  private static String bootstrap;
  private static Admin admin;

  @BeforeAll
  static void connect() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static Consumer<String, String> joined(
      String protocol, String group, String topic, Object... settings) {
    Object[] all = new Object[settings.length + 4];
    System.arraycopy(new Object[] {"group.id", group, "group.protocol", protocol}, 0, all, 0, 4);
    System.arraycopy(settings, 0, all, 4, settings.length);
    Consumer<String, String> consumer = Clients.consumer(bootstrap, all);
    consumer.subscribe(List.of(topic));
    Clients.await(
        "an assignment",
        () -> {
          consumer.poll(Duration.ofMillis(50));
          return !consumer.assignment().isEmpty();
        });
    return consumer;
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(String group) {
    return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aLivingGroupIsListedAndDescribed(String protocol) {
    String topic = Clients.createTopic(admin, "described", 2);
    String group = Clients.unique("described");
    try (Consumer<String, String> consumer = joined(protocol, group, topic, "client.id", "me")) {
      ConsumerGroupDescription description =
          get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
      assertEquals(GroupState.STABLE, description.groupState());
      assertEquals(GroupType.parse(protocol), description.type());
      MemberDescription member = description.members().iterator().next();
      assertEquals("me", member.clientId());
      assertEquals(consumer.assignment(), member.assignment().topicPartitions());
      assertEquals("/127.0.0.1", member.host());
      GroupListing listing =
          get(admin.listGroups().all()).stream()
              .filter(g -> g.groupId().equals(group))
              .findFirst()
              .orElseThrow();
      assertEquals(GroupType.parse(protocol), listing.type().orElseThrow());
      assertEquals("consumer", listing.protocol());
      assertTrue(
          get(
                  admin
                      .listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY)))
                      .all())
              .stream()
              .noneMatch(g -> g.groupId().equals(group)));
      assertInstanceOf(
          GroupNotEmptyException.class, errorOf(admin.deleteConsumerGroups(List.of(group)).all()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void offsetsAreAlteredListedAndDeleted(String protocol) {
    String topic = Clients.createTopic(admin, "alter", 2);
    String group = Clients.unique("alter");
    TopicPartition p0 = new TopicPartition(topic, 0);
    TopicPartition p1 = new TopicPartition(topic, 1);
    try (Consumer<String, String> consumer = joined(protocol, group, topic)) {
      consumer.commitSync(
          Map.of(p0, new OffsetAndMetadata(5, "five"), p1, new OffsetAndMetadata(6)));
      assertInstanceOf(
          GroupSubscribedToTopicException.class,
          errorOf(admin.deleteConsumerGroupOffsets(group, Set.of(p0)).partitionResult(p0)));
    }
    assertEquals("five", offsets(group).get(p0).metadata());
    get(admin.alterConsumerGroupOffsets(group, Map.of(p0, new OffsetAndMetadata(2))).all());
    assertEquals(2, offsets(group).get(p0).offset());
    assertEquals(6, offsets(group).get(p1).offset());
    get(admin.deleteConsumerGroupOffsets(group, Set.of(p1)).all());
    assertEquals(Set.of(p0), offsets(group).keySet());
    get(admin.deleteConsumerGroups(List.of(group)).all());
    assertEquals(Set.of(), offsets(group).keySet());
    assertTrue(get(admin.listGroups().all()).stream().noneMatch(g -> g.groupId().equals(group)));
  }

  @Test
  void aGroupThatIsNotThereIsAnError() {
    String group = Clients.unique("missing");
    assertInstanceOf(
        GroupIdNotFoundException.class,
        errorOf(admin.describeConsumerGroups(List.of(group)).all()));
    assertInstanceOf(
        GroupIdNotFoundException.class, errorOf(admin.deleteConsumerGroups(List.of(group)).all()));
  }

  @Test
  void aStaticMemberCanBeRemovedByItsName() {
    String topic = Clients.createTopic(admin, "remove", 1);
    String group = Clients.unique("remove");
    joined("classic", group, topic, "group.instance.id", "one").close();
    get(
        admin
            .removeMembersFromConsumerGroup(
                group, new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one"))))
            .all());
    Clients.await(
        "an empty group",
        () ->
            get(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState()
                == GroupState.EMPTY);
  }

  @Test
  void offsetsOfADeletedTopicGoWithIt() {
    String topic = Clients.createTopic(admin, "gone", 1);
    String group = Clients.unique("gone");
    TopicPartition partition = new TopicPartition(topic, 0);
    get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(0))).all());
    get(admin.deleteTopics(List.of(topic)).all());
    Clients.await("no offsets", () -> offsets(group).isEmpty());
  }
}

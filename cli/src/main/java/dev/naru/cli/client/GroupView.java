package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.Table;
import java.io.PrintStream;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ClassicGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;

/**
 * A group as {@code describe} shows it.
 *
 * @param group its name
 * @param state its state in Kafka's words
 * @param members who is in it
 * @param committed the committed offset of each partition that has one
 * @param ends the end of each partition that the group has an offset or a member for, where it
 *     still exists
 */
record GroupView(
    String group,
    String state,
    Collection<MemberDescription> members,
    Map<TopicPartition, Long> committed,
    Map<TopicPartition, Long> ends) {
  private static final String CONSUMER = "consumer";

  static GroupView read(Admin admin, String group) {
    String subject = "group " + group;
    GroupListing listing =
        Cluster.await("groups", admin.listGroups().valid()).stream()
            .filter(found -> found.groupId().equals(group))
            .findFirst()
            .orElseThrow(() -> CliException.failure("there is no group " + group));
    String state;
    Collection<MemberDescription> members;
    if (isConsumers(listing)) {
      ConsumerGroupDescription found =
          Cluster.await(
              subject, admin.describeConsumerGroups(List.of(group)).describedGroups().get(group));
      state = found.groupState().toString();
      members = found.members();
    } else if (listing.type().orElse(GroupType.CLASSIC) == GroupType.CLASSIC) {
      ClassicGroupDescription found =
          Cluster.await(
              subject, admin.describeClassicGroups(List.of(group)).describedGroups().get(group));
      state = found.state().toString();
      members = found.members();
    } else {
      throw CliException.failure(
          subject + " is of type " + listing.type().get() + ", which is not shown here yet");
    }
    Map<TopicPartition, Long> committed = committed(admin, group);
    Set<TopicPartition> partitions = sorted();
    partitions.addAll(committed.keySet());
    members.forEach(member -> partitions.addAll(member.assignment().topicPartitions()));
    return new GroupView(group, state, members, committed, ends(admin, partitions));
  }

  private static boolean isConsumers(GroupListing listing) {
    return listing.type().orElse(GroupType.UNKNOWN) == GroupType.CONSUMER
        || listing.protocol().equals(CONSUMER)
        || listing.isSimpleConsumerGroup();
  }

  static Map<TopicPartition, Long> committed(Admin admin, String group) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> found =
        Cluster.await(
            "group " + group,
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    found.forEach(
        (partition, offset) -> {
          if (offset != null) {
            offsets.put(partition, offset.offset());
          }
        });
    return offsets;
  }

  /** A topic may have been deleted since the group committed: what cannot be found is left out. */
  private static Map<TopicPartition, Long> ends(Admin admin, Set<TopicPartition> partitions) {
    Set<String> existing = Cluster.await("topics", admin.listTopics().names());
    Map<TopicPartition, OffsetSpec> wanted =
        partitions.stream()
            .filter(partition -> existing.contains(partition.topic()))
            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    ListOffsetsResult found = admin.listOffsets(wanted);
    for (TopicPartition partition : wanted.keySet()) {
      ends.put(
          partition,
          Cluster.await(partition.toString(), found.partitionResult(partition)).offset());
    }
    return ends;
  }

  void print(PrintStream out) {
    out.println("group " + group + "  state " + state + "  members " + members.size());
    Map<TopicPartition, MemberDescription> owners = new HashMap<>();
    for (MemberDescription member : members) {
      member.assignment().topicPartitions().forEach(partition -> owners.put(partition, member));
    }
    Set<TopicPartition> partitions = sorted();
    partitions.addAll(committed.keySet());
    partitions.addAll(owners.keySet());
    if (partitions.isEmpty()) {
      return;
    }
    Table table = new Table("TOPIC", "PARTITION", "OFFSET", "END", "LAG", "MEMBER", "HOST");
    for (TopicPartition partition : partitions) {
      Long offset = committed.get(partition);
      Long end = ends.get(partition);
      MemberDescription owner = owners.get(partition);
      table.row(
          partition.topic(),
          partition.partition(),
          offset,
          end,
          offset == null || end == null ? null : Math.max(0, end - offset),
          owner == null ? null : owner.consumerId(),
          owner == null ? null : owner.host());
    }
    table.print(out, "");
  }

  private static Set<TopicPartition> sorted() {
    return new TreeSet<>(
        Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
  }
}

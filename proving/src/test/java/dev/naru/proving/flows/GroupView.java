package dev.naru.proving.flows;

import static dev.naru.proving.Clients.get;

import dev.naru.proving.Clients;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** How far a group is, as anybody sees it from outside. */
record GroupView(Admin admin, String group) {

  /** How many members have partitions; 0 while the group is not stable. */
  long working() {
    try {
      var described =
          get(admin.describeConsumerGroups(List.of(group)).describedGroups().get(group));
      if (described.groupState() != GroupState.STABLE) {
        return 0;
      }
      Collection<MemberDescription> members = described.members();
      return members.stream().filter(m -> !m.assignment().topicPartitions().isEmpty()).count();
    } catch (Clients.Failed e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return 0;
      }
      throw e;
    }
  }

  /** Up to which record of the topic the group has committed, summed over the partitions. */
  long committed(String topic) {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    return offsets.entrySet().stream()
        .filter(e -> e.getValue() != null && e.getKey().topic().equals(topic))
        .mapToLong(e -> e.getValue().offset())
        .sum();
  }

  /** How many offsets the topic has, summed over the partitions. */
  static long end(Admin admin, String topic, int partitions) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int p = 0; p < partitions; p++) {
      ends.put(new TopicPartition(topic, p), OffsetSpec.latest());
    }
    return get(admin.listOffsets(ends).all()).values().stream()
        .mapToLong(ListOffsetsResultInfo::offset)
        .sum();
  }
}

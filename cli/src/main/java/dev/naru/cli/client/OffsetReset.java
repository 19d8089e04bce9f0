package dev.naru.cli.client;

import dev.naru.cli.CliException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Works out and commits new offsets for a group. */
final class OffsetReset {
  private final Admin admin;
  private final String group;

  OffsetReset(Admin admin, String group) {
    this.admin = admin;
    this.group = group;
  }

  /** The partitions that {@code TOPIC} and {@code TOPIC:N} stand for. */
  List<TopicPartition> partitions(List<String> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String text : topics) {
      int colon = text.lastIndexOf(':');
      String topic = colon < 0 ? text : text.substring(0, colon);
      TopicDescription found =
          Cluster.await(
              "topic " + topic, admin.describeTopics(List.of(topic)).topicNameValues().get(topic));
      int count = found.partitions().size();
      if (colon < 0) {
        for (int partition = 0; partition < count; partition++) {
          partitions.add(new TopicPartition(topic, partition));
        }
      } else {
        partitions.add(new TopicPartition(topic, number(text, text.substring(colon + 1), count)));
      }
    }
    return partitions;
  }

  private static int number(String whole, String text, int count) {
    try {
      int partition = Integer.parseInt(text);
      if (partition >= 0 && partition < count) {
        return partition;
      }
    } catch (NumberFormatException e) {
      throw CliException.mistake("--topic wants TOPIC or TOPIC:N, not '" + whole + "'", e);
    }
    throw CliException.mistake(whole + ": there are partitions 0 to " + (count - 1));
  }

  /** Where each partition would go, never outside of what the partition holds. */
  Map<TopicPartition, Long> plan(List<TopicPartition> partitions, GroupCommand.Target target) {
    Map<TopicPartition, Long> starts = offsets(partitions, partition -> OffsetSpec.earliest());
    Map<TopicPartition, Long> ends = offsets(partitions, partition -> OffsetSpec.latest());
    Map<TopicPartition, Long> wanted = wanted(partitions, target, starts, ends);
    wanted.replaceAll(
        (partition, offset) ->
            Math.min(Math.max(offset, starts.get(partition)), ends.get(partition)));
    return wanted;
  }

  private Map<TopicPartition, Long> wanted(
      List<TopicPartition> partitions,
      GroupCommand.Target target,
      Map<TopicPartition, Long> starts,
      Map<TopicPartition, Long> ends) {
    if (target.earliest) {
      return new HashMap<>(starts);
    }
    if (target.latest) {
      return new HashMap<>(ends);
    }
    Map<TopicPartition, Long> wanted = new HashMap<>();
    if (target.offset != null) {
      partitions.forEach(partition -> wanted.put(partition, target.offset));
    } else if (target.shift != null) {
      Map<TopicPartition, Long> committed = GroupView.committed(admin, group);
      for (TopicPartition partition : partitions) {
        Long offset = committed.get(partition);
        if (offset == null) {
          throw CliException.failure(
              "group " + group + " has no offset in " + partition + " to shift from");
        }
        wanted.put(partition, offset + target.shift);
      }
    } else {
      long timestampMs = instant(target.datetime).toEpochMilli();
      wanted.putAll(offsets(partitions, partition -> OffsetSpec.forTimestamp(timestampMs)));
      wanted.replaceAll((partition, offset) -> offset < 0 ? ends.get(partition) : offset);
    }
    return wanted;
  }

  private static Instant instant(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      try {
        return LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
      } catch (DateTimeException neither) {
        throw CliException.mistake(
            "--to-datetime wants a time such as 2026-01-31T09:00:00Z, not '" + text + "'", neither);
      }
    }
  }

  private Map<TopicPartition, Long> offsets(
      List<TopicPartition> partitions, Function<TopicPartition, OffsetSpec> which) {
    Map<TopicPartition, OffsetSpec> wanted =
        partitions.stream().collect(Collectors.toMap(partition -> partition, which, (a, b) -> a));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> found :
        Cluster.await("offsets", admin.listOffsets(wanted).all()).entrySet()) {
      offsets.put(found.getKey(), found.getValue().offset());
    }
    return offsets;
  }

  void apply(Map<TopicPartition, Long> offsets) {
    Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    offsets.forEach((partition, offset) -> committed.put(partition, new OffsetAndMetadata(offset)));
    Cluster.await("group " + group, admin.alterConsumerGroupOffsets(group, committed).all());
  }
}

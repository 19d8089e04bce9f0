package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import dev.naru.cli.client.Cluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;

/**
 * Brings the offsets of groups, so that each goes on in the target with the record that would have
 * come next in the source, or an earlier one, and never with a later one.
 */
final class GroupOffsets {
  private final Side source;
  private final Side target;
  private final Map<TopicPartition, Position> positions;
  private final Set<String> compacted;

  /**
   * @param positions up to where each partition was brought
   */
  GroupOffsets(
      Side source, Side target, List<TopicPlan> plans, Map<TopicPartition, Position> positions) {
    this.source = source;
    this.target = target;
    this.positions = positions;
    this.compacted =
        plans.stream()
            .filter(TopicPlan::compacted)
            .map(TopicPlan::name)
            .collect(Collectors.toSet());
  }

  /**
   * What came of it.
   *
   * @param brought groups that now have their offsets in the target
   * @param left groups whose offsets could not be set, each with the reason
   */
  record Outcome(List<String> brought, Map<String, String> left) {}

  Outcome run() {
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = committed();
    Map<TopicPartition, NavigableMap<Long, Long>> translations = translations(committed);
    Outcome outcome = new Outcome(new ArrayList<>(), new TreeMap<>());
    committed.forEach(
        (group, offsets) -> {
          Map<TopicPartition, OffsetAndMetadata> translated = new HashMap<>();
          offsets.forEach(
              (partition, offset) ->
                  translated.put(
                      partition,
                      new OffsetAndMetadata(
                          translations.get(partition).get(offset.offset()), offset.metadata())));
          set(group, translated, outcome);
        });
    return outcome;
  }

  /** Each group's offsets in the partitions that were brought. */
  private Map<String, Map<TopicPartition, OffsetAndMetadata>> committed() {
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = new TreeMap<>();
    for (GroupListing group :
        Cluster.await("groups of the source", source.admin().listGroups().valid())) {
      GroupType type = group.type().orElse(GroupType.CLASSIC);
      boolean consumers = type == GroupType.CLASSIC || type == GroupType.CONSUMER;
      if (consumers && !group.groupId().startsWith(Progress.GROUP_PREFIX)) {
        Map<TopicPartition, OffsetAndMetadata> offsets = source.committed(group.groupId());
        offsets.keySet().retainAll(positions.keySet());
        if (!offsets.isEmpty()) {
          committed.put(group.groupId(), offsets);
        }
      }
    }
    return committed;
  }

  private Map<TopicPartition, NavigableMap<Long, Long>> translations(
      Map<String, Map<TopicPartition, OffsetAndMetadata>> committed) {
    Map<TopicPartition, Set<Long>> wanted = new HashMap<>();
    committed
        .values()
        .forEach(
            offsets ->
                offsets.forEach(
                    (partition, offset) ->
                        wanted
                            .computeIfAbsent(partition, p -> new TreeSet<>())
                            .add(offset.offset())));
    Map<TopicPartition, Long> starts = source.starts(wanted.keySet());
    Map<TopicPartition, NavigableMap<Long, Long>> translations = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = source.consumer()) {
      wanted.forEach(
          (partition, offsets) ->
              translations.put(
                  partition, translate(consumer, partition, offsets, starts.get(partition))));
    }
    return translations;
  }

  /**
   * A record that is so many records before the end of what was brought in the source is as many
   * before it in the target, where records lie without gaps. What a compaction removed in the
   * meantime cannot be counted any more; there, gaps count as records, which leads to an earlier
   * record.
   */
  private NavigableMap<Long, Long> translate(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition,
      Set<Long> offsets,
      long start) {
    Position end = positions.get(partition);
    NavigableMap<Long, Long> before = new TreeMap<>();
    long first = end.source();
    for (long offset : offsets) {
      before.put(offset, 0L);
      first = Math.min(first, Math.max(offset, start));
    }
    if (compacted.contains(partition.topic())) {
      before.replaceAll((offset, none) -> Math.max(0, end.target() - gap(end.source(), offset)));
      return before;
    }
    long total = 0;
    PartitionReader records = new PartitionReader(consumer, partition, first, end.source());
    while (records.hasNext()) {
      long at = records.next().offset();
      total++;
      for (Map.Entry<Long, Long> entry : before.tailMap(at, false).entrySet()) {
        entry.setValue(entry.getValue() + 1);
      }
    }
    long all = total;
    before.replaceAll((offset, passed) -> Math.max(0, end.target() - (all - passed)));
    return before;
  }

  private static long gap(long end, long offset) {
    return Math.max(0, end - offset);
  }

  /** A group that went on in the target is not taken back. */
  private void set(
      String group, Map<TopicPartition, OffsetAndMetadata> translated, Outcome outcome) {
    target
        .committed(group)
        .forEach(
            (partition, there) ->
                translated.computeIfPresent(
                    partition, (p, offset) -> offset.offset() > there.offset() ? offset : null));
    try {
      if (!translated.isEmpty()) {
        Cluster.await(
            "group " + group, target.admin().alterConsumerGroupOffsets(group, translated).all());
      }
      outcome.brought().add(group);
    } catch (CliException e) {
      outcome.left().put(group, e.getMessage());
    }
  }
}

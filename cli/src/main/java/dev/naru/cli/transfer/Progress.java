package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import dev.naru.cli.client.Cluster;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Where an import is, kept in the target: a group of the source's name whose offsets are those of
 * the source and whose offset metadata are those of the target.
 */
final class Progress {
  static final String GROUP_PREFIX = "naru-import-";

  private final Side target;
  private final String group;

  Progress(Side target, String sourceId) {
    this.target = target;
    this.group = GROUP_PREFIX + sourceId;
  }

  Map<TopicPartition, Position> read() {
    Map<TopicPartition, Position> positions = new HashMap<>();
    target
        .committed(group)
        .forEach((partition, offset) -> positions.put(partition, position(partition, offset)));
    return positions;
  }

  private Position position(TopicPartition partition, OffsetAndMetadata offset) {
    try {
      return new Position(offset.offset(), Long.parseLong(offset.metadata()));
    } catch (NumberFormatException e) {
      throw CliException.failure(
          "group "
              + group
              + " of the target keeps where the import is, and somebody else committed "
              + partition
              + " to it; delete the group and the topics that were brought, and begin again",
          e);
    }
  }

  void save(Map<TopicPartition, Position> positions) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    positions.forEach(
        (partition, position) ->
            offsets.put(
                partition,
                new OffsetAndMetadata(position.source(), Long.toString(position.target()))));
    Cluster.await("group " + group, target.admin().alterConsumerGroupOffsets(group, offsets).all());
  }
}

package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds where an import that was cut off goes on: behind the records that reached the target after
 * it wrote down where it was. They are compared with the source's, so that nothing that somebody
 * else wrote there is taken for brought.
 */
final class Resume {
  private final Side source;
  private final Side target;

  Resume(Side source, Side target) {
    this.source = source;
    this.target = target;
  }

  /** The positions with what is already in the target behind them. */
  Map<TopicPartition, Position> from(Map<TopicPartition, Position> known) {
    Map<TopicPartition, Long> targetEnds = target.ends(known.keySet());
    Map<TopicPartition, Long> starts = source.starts(known.keySet());
    Map<TopicPartition, Long> ends = source.ends(known.keySet());
    Map<TopicPartition, Position> found = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> there = source.consumer();
        KafkaConsumer<byte[], byte[]> here = target.consumer()) {
      known.forEach(
          (partition, position) -> {
            long targetEnd = targetEnds.get(partition);
            require(partition, position, targetEnd, ends.get(partition));
            Position start =
                new Position(Math.max(position.source(), starts.get(partition)), position.target());
            found.put(
                partition,
                targetEnd == start.target()
                    ? start
                    : behind(
                        partition,
                        start.source(),
                        new PartitionReader(there, partition, start.source(), ends.get(partition)),
                        new PartitionReader(here, partition, start.target(), targetEnd),
                        targetEnd));
          });
    }
    return found;
  }

  private static void require(
      TopicPartition partition, Position position, long targetEnd, long sourceEnd) {
    if (targetEnd < position.target() || sourceEnd < position.source()) {
      throw CliException.failure(
          partition
              + (targetEnd < position.target() ? " of the target" : " of the source")
              + " holds less than was brought already: was the topic made anew? Delete the topic in"
              + " the target and the import's group "
              + Progress.GROUP_PREFIX
              + "…, and begin again");
    }
  }

  private static Position behind(
      TopicPartition partition,
      long from,
      PartitionReader there,
      PartitionReader here,
      long targetEnd) {
    long next = from;
    while (here.hasNext()) {
      ConsumerRecord<byte[], byte[]> brought = here.next();
      if (!there.hasNext()) {
        throw foreign(partition, brought);
      }
      ConsumerRecord<byte[], byte[]> original = there.next();
      if (!isCopy(original, brought)) {
        throw foreign(partition, brought);
      }
      next = original.offset() + 1;
    }
    return new Position(next, targetEnd);
  }

  private static boolean isCopy(
      ConsumerRecord<byte[], byte[]> original, ConsumerRecord<byte[], byte[]> brought) {
    return Arrays.equals(original.key(), brought.key())
        && Arrays.equals(original.value(), brought.value())
        && original.headers().equals(brought.headers())
        && (original.timestamp() < 0 || original.timestamp() == brought.timestamp());
  }

  private static CliException foreign(
      TopicPartition partition, ConsumerRecord<byte[], byte[]> record) {
    return CliException.failure(
        partition
            + " of the target has a record at offset "
            + record.offset()
            + " that the import did not bring: the topic is in use there, and nothing more can be"
            + " brought into it in order");
  }
}

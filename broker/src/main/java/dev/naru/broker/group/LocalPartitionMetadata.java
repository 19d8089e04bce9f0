package dev.naru.broker.group;

import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.util.PartitionMetadataClient;

/** Tells the coordinator where partitions of this node end. */
record LocalPartitionMetadata(PartitionRegistry partitions) implements PartitionMetadataClient {

  @Override
  public Map<TopicPartition, CompletableFuture<OffsetResponse>> listLatestOffsets(
      Set<TopicPartition> topicPartitions) {
    Map<TopicPartition, CompletableFuture<OffsetResponse>> answers = new HashMap<>();
    for (TopicPartition tp : topicPartitions) {
      Partition partition = partitions.get(tp);
      OffsetResponse answer =
          partition == null || partition.log().failure().isPresent()
              ? new OffsetResponse(-1, Errors.NOT_LEADER_OR_FOLLOWER)
              : new OffsetResponse(partition.log().highWatermark(), Errors.NONE);
      answers.put(tp, CompletableFuture.completedFuture(answer));
    }
    return answers;
  }

  @Override
  public void close() {}
}

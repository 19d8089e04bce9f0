package dev.naru.broker.fetch;

import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.log.ReadLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;

/**
 * One request of a node that wants to know where records are. The answer names the same partitions
 * in the same order. Runs on the connection's event loop.
 */
final class LocateFetch {
  private final PartitionLookup partitions;
  private final Request request;
  private final ReadLimit limit;
  private final List<FetchPlan> plans = new ArrayList<>();
  private final List<PartitionData> found = new ArrayList<>();
  private final int maxBytes;

  LocateFetch(PartitionLookup partitions, Request request, FetchRequestData data, int maxBytes) {
    this.partitions = partitions;
    this.request = request;
    this.limit =
        data.isolationLevel() == 1 ? ReadLimit.LAST_STABLE_OFFSET : ReadLimit.HIGH_WATERMARK;
    this.maxBytes = Math.min(data.maxBytes(), maxBytes);
    for (FetchTopic topic : data.topics()) {
      for (FetchPartition wanted : topic.partitions()) {
        plans.add(new FetchPlan(topic.topic(), topic.topicId(), wanted));
      }
    }
  }

  void begin() {
    next(0, maxBytes);
  }

  /** Plan after plan; stays on this thread as long as places are found at once. */
  private void next(int first, int bytesLeft) {
    int left = bytesLeft;
    for (int i = first; i < plans.size(); i++) {
      CompletableFuture<PartitionData> one = locate(plans.get(i), left);
      if (!one.isDone()) {
        int index = i;
        int leftNow = left;
        one.thenAcceptAsync(
            result -> {
              found.add(result);
              next(index + 1, leftNow - size(result));
            },
            request.executor());
        return;
      }
      found.add(one.join());
      left -= size(one.join());
    }
    request.respond(answer());
  }

  private CompletableFuture<PartitionData> locate(FetchPlan plan, int left) {
    String topic = partitions.topicName(plan.topicId);
    Partition partition = partitions.find(topic, plan.topicId, plan.partition);
    if (partition == null) {
      return CompletableFuture.completedFuture(
          PartitionFetch.error(plan.partition, partitions.absence(topic, plan.partition)));
    }
    int most = Math.max(0, Math.min(plan.maxBytes, left));
    return PartitionFetch.locate(partitions, partition, plan, most, left == maxBytes, limit);
  }

  private static int size(PartitionData result) {
    Located located = Located.decode(result.records());
    return located == null ? 0 : located.sizeInBytes();
  }

  private FetchResponseData answer() {
    List<FetchableTopicResponse> topics = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      topics.add(
          new FetchableTopicResponse()
              .setTopicId(plans.get(i).topicId)
              .setPartitions(List.of(found.get(i))));
    }
    return new FetchResponseData().setResponses(topics);
  }
}

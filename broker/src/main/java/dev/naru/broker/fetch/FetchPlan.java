package dev.naru.broker.fetch;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;

/**
 * One partition that a fetch wants, and what the client was told of it last. In an incremental
 * fetch session (KIP-227) it lives as long as the session; otherwise as long as the request.
 */
final class FetchPlan {
  /** Name and id as the request said them; either may be missing, by version. */
  final String topic;

  final Uuid topicId;
  final int partition;
  long fetchOffset;
  int maxBytes;
  int currentLeaderEpoch;
  int lastFetchedEpoch;

  private long toldHighWatermark = -1;
  private long toldLogStartOffset = -1;

  FetchPlan(String topic, Uuid topicId, FetchPartition wanted) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = wanted.partition();
    update(wanted);
  }

  void update(FetchPartition wanted) {
    fetchOffset = wanted.fetchOffset();
    maxBytes = wanted.partitionMaxBytes();
    currentLeaderEpoch = wanted.currentLeaderEpoch();
    lastFetchedEpoch = wanted.lastFetchedEpoch();
  }

  /**
   * Whether an incremental answer must name this partition; remembers what the client then knows.
   */
  boolean isNews(PartitionData data) {
    boolean news =
        data.errorCode() != 0
            || (data.records() != null && data.records().sizeInBytes() > 0)
            || data.highWatermark() != toldHighWatermark
            || data.logStartOffset() != toldLogStartOffset
            || data.divergingEpoch().epoch() >= 0
            || data.preferredReadReplica() >= 0;
    // After an error the client is told everything anew.
    toldHighWatermark = data.errorCode() != 0 ? -1 : data.highWatermark();
    toldLogStartOffset = data.logStartOffset();
    return news;
  }

  Key key() {
    return new Key(topic, topicId, partition);
  }

  /** What identifies a partition within a session. */
  record Key(String topic, Uuid topicId, int partition) {}
}

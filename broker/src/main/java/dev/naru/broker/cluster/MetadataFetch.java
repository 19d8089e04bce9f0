package dev.naru.broker.cluster;

import dev.naru.broker.metadata.LogRecordStore;
import dev.naru.broker.metadata.MetadataHistory.Piece;
import dev.naru.broker.metadata.MetadataRecords;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.FetchResponseData.SnapshotId;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * How a node asks the controller for metadata: Kafka's fetch of {@code __cluster_metadata}, where
 * an offset counts records of one controller epoch. An answer with a snapshot id (KIP-630) carries
 * the whole state as of there; any other one what came after the offset that was asked for.
 */
final class MetadataFetch {
  private static final int PARTITION = 0;
  private static final int BYTES_MAX = Integer.MAX_VALUE;

  private MetadataFetch() {}

  /** Where a follower stands. */
  record Position(int epoch, long offset) {}

  static FetchRequest.SimpleBuilder request(Position position, int waitMs) {
    FetchPartition partition =
        new FetchPartition()
            .setPartition(PARTITION)
            .setCurrentLeaderEpoch(position.epoch)
            .setLastFetchedEpoch(position.epoch)
            .setFetchOffset(position.offset)
            .setPartitionMaxBytes(BYTES_MAX);
    FetchRequestData data =
        new FetchRequestData()
            .setMaxWaitMs(waitMs)
            .setMinBytes(1)
            .setMaxBytes(BYTES_MAX)
            .setTopics(
                List.of(
                    new FetchTopic()
                        .setTopicId(LogRecordStore.TOPIC_ID)
                        .setPartitions(List.of(partition))));
    return new FetchRequest.SimpleBuilder(data);
  }

  /** What a request asks for; null when it is for something else. */
  static Position position(FetchRequestData data) {
    if (data.topics().size() != 1
        || data.topics().get(0).partitions().size() != 1
        || !data.topics().get(0).topicId().equals(LogRecordStore.TOPIC_ID)) {
      return null;
    }
    FetchPartition partition = data.topics().get(0).partitions().get(0);
    return new Position(partition.currentLeaderEpoch(), partition.fetchOffset());
  }

  /**
   * @param piece null when nothing came in time
   */
  static FetchResponseData response(Position asked, Piece piece, long nowMs) {
    PartitionData partition = new PartitionData().setPartitionIndex(PARTITION);
    if (piece == null) {
      partition.setHighWatermark(asked.offset).setRecords(MemoryRecords.EMPTY);
    } else {
      ByteBuffer records = MetadataRecords.encode(piece.records(), nowMs);
      partition.setHighWatermark(piece.offset()).setRecords(MemoryRecords.readableRecords(records));
      if (piece.whole()) {
        partition.setSnapshotId(
            new SnapshotId().setEpoch(piece.epoch()).setEndOffset(piece.offset()));
      }
    }
    return new FetchResponseData()
        .setResponses(
            List.of(
                new FetchableTopicResponse()
                    .setTopicId(LogRecordStore.TOPIC_ID)
                    .setPartitions(List.of(partition))));
  }

  /**
   * What an answer brings; without records when there is nothing new.
   *
   * @throws org.apache.kafka.common.errors.ApiException the answer is an error
   */
  static Piece piece(Position asked, FetchResponseData data) {
    Errors.forCode(data.errorCode()).maybeThrow();
    PartitionData partition = data.responses().get(0).partitions().get(0);
    Errors.forCode(partition.errorCode()).maybeThrow();
    boolean whole = partition.snapshotId().epoch() >= 0;
    int epoch = whole ? partition.snapshotId().epoch() : asked.epoch;
    MemoryRecords records = (MemoryRecords) partition.records();
    List<ApiMessageAndVersion> messages = MetadataRecords.decode(records);
    return new Piece(epoch, partition.highWatermark(), whole, messages);
  }
}

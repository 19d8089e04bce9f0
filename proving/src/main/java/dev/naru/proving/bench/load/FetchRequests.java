package dev.naru.proving.bench.load;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;

/** Fetch requests as a consumer with the defaults sends them, for one partition. */
final class FetchRequests {
  static final int PARTITION_BYTES_MAX = 1 << 20;

  private static final short VERSION = 13;
  private static final int WAIT_MS = 500;
  private static final int RESPONSE_BYTES_MAX = 50 << 20;

  /** A number that nothing else in a request is equal to. */
  private static final long PLACE = 0x1122_3344_5566_7788L;

  private FetchRequests() {}

  static FetchRequest request(Topic topic, int partition, long offset) {
    FetchRequestData data =
        new FetchRequestData()
            .setMaxWaitMs(WAIT_MS)
            .setMinBytes(1)
            .setMaxBytes(RESPONSE_BYTES_MAX)
            .setSessionId(FetchMetadata.LEGACY.sessionId())
            .setSessionEpoch(FetchMetadata.LEGACY.epoch());
    FetchTopic one = new FetchTopic().setTopicId(topic.id());
    one.partitions()
        .add(
            new FetchPartition()
                .setPartition(partition)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(PARTITION_BYTES_MAX));
    data.topics().add(one);
    return FetchRequest.parse(
        new org.apache.kafka.common.protocol.ByteBufferAccessor(bytes(data)), VERSION);
  }

  private static ByteBuffer bytes(FetchRequestData data) {
    return org.apache.kafka.common.protocol.MessageUtil.toByteBufferAccessor(data, VERSION)
        .buffer();
  }

  /** A frame with room for an offset at {@link #place}. */
  static Frame frame(Topic topic, int partition) {
    return Frame.of(request(topic, partition, PLACE));
  }

  /** The bare server's request: where to begin, and how many bytes at most. */
  static Frame bareFrame() {
    ByteBuffer encoded = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES);
    encoded.putShort(ApiKeys.FETCH.id).putShort((short) 0).putInt(0);
    return Frame.of(encoded.putLong(PLACE).putInt(PARTITION_BYTES_MAX).flip());
  }

  /** Where in the frame's rest the offset stands. */
  static int place(Frame frame) {
    ByteBuffer rest = frame.rest();
    for (int at = 0; at <= rest.limit() - Long.BYTES; at++) {
      if (rest.getLong(at) == PLACE) {
        return at;
      }
    }
    throw new IllegalStateException("the frame has no room for an offset");
  }
}

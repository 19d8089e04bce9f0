package dev.naru.proving.bench.load;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;

/**
 * The produce requests of a load: every one writes to the next {@code partitionsPerRequest}
 * partitions of the topic, so that all of them together write to every partition equally often.
 *
 * @param all the requests
 * @param recordsPerRequest over all partitions of the request
 * @param valueBytesPerRequest bytes of record values, before compression
 */
public record ProduceFrames(
    List<Frame> all, int partitionsPerRequest, long recordsPerRequest, long valueBytesPerRequest) {
  /** With topic ids; what a client of today speaks. */
  private static final short VERSION = 13;

  private static final int TIMEOUT_MS = 30_000;

  /** How many different batches there are; enough that none is always in a cache of the CPU. */
  private static final int BATCHES = 64;

  /**
   * @param acks 1, or -1 for all
   */
  public static ProduceFrames of(
      Topic topic, BatchShape shape, short acks, int partitionsPerRequest) {
    MemoryRecords[] batches = new MemoryRecords[Math.min(BATCHES, topic.partitions())];
    for (int i = 0; i < batches.length; i++) {
      batches[i] = shape.batch(i);
    }
    List<Frame> frames = new ArrayList<>();
    for (int first = 0; first < topic.partitions(); first += partitionsPerRequest) {
      TopicProduceData data = new TopicProduceData().setTopicId(topic.id());
      for (int i = first; i < first + partitionsPerRequest; i++) {
        int partition = i % topic.partitions();
        data.partitionData()
            .add(
                new PartitionProduceData()
                    .setIndex(partition)
                    .setRecords(batches[partition % batches.length]));
      }
      frames.add(Frame.of(request(data, acks)));
    }
    return new ProduceFrames(
        frames,
        partitionsPerRequest,
        (long) shape.records() * partitionsPerRequest,
        shape.valueBytes() * partitionsPerRequest);
  }

  /** The least that so many requests take up on the wire. */
  public long wireBytes(long requests) {
    return requests * all.stream().mapToInt(Frame::bytes).min().orElse(0);
  }

  static ProduceRequest request(TopicProduceData data, short acks) {
    TopicProduceDataCollection topics = new TopicProduceDataCollection();
    topics.add(data);
    ProduceRequestData request =
        new ProduceRequestData().setAcks(acks).setTimeoutMs(TIMEOUT_MS).setTopicData(topics);
    return new ProduceRequest.Builder(VERSION, VERSION, request).build(VERSION);
  }
}

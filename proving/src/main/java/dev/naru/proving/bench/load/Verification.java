package dev.naru.proving.bench.load;

import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * What was acknowledged is there, and what is there can be read: counts over all partitions, and
 * the CRC and the place of every batch in the first and the last part of each. Runs when no clock
 * does, so that it costs the same whichever node is driven, and no node can win by being wrong.
 */
public final class Verification {
  /** How much is read back, over all partitions. */
  private static final long SAMPLE_BYTES = 64L << 20;

  private static final long PART_BYTES_MIN = 1 << 20;
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(10);
  private static final long ASK_AGAIN_NS = 10_000_000;

  /** Finds out who owns the partitions of a topic. */
  public interface Owners {

    /** The port of each partition's owner. */
    IntUnaryOperator ports(Topic topic) throws IOException;
  }

  private final Admin admin;
  private final Owners owners;

  /** Of a node that owns everything. */
  public Verification(Admin admin, int port) {
    this(admin, topic -> partition -> port);
  }

  public Verification(Admin admin, Owners owners) {
    this.admin = admin;
    this.owners = owners;
  }

  /**
   * @param records how many must be in the topic
   * @throws NodeError when they are not
   */
  public void check(Topic topic, long records) throws IOException {
    check(topic, records, 0);
  }

  /**
   * As above, where the outcome of some requests is not known.
   *
   * @param records how many were acknowledged
   * @param unknown how many may be there besides
   */
  public void check(Topic topic, long records, long unknown) throws IOException {
    Map<Integer, Long> ends = settledEnds(topic, records);
    long stored = sum(ends);
    if (stored < records || stored > records + unknown) {
      throw new NodeError(
          "acknowledged were %d records, unknown is the fate of %d, and %d are there"
              .formatted(records, unknown, stored));
    }
    IntUnaryOperator ports = owners.ports(topic);
    long partBytes = Math.max(PART_BYTES_MIN, SAMPLE_BYTES / topic.partitions() / 2);
    long left = SAMPLE_BYTES;
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      try (WireClient client = new WireClient(ports.applyAsInt(end.getKey()))) {
        long offset = read(client, topic, end.getKey(), 0, end.getValue(), partBytes);
        long tail = Math.max(offset, end.getValue() - offset);
        read(client, topic, end.getKey(), tail, end.getValue(), partBytes);
      }
      left -= 2 * partBytes;
      if (left <= 0) {
        return;
      }
    }
  }

  /** With acks=1 a record may be acknowledged a moment before it is to be seen. */
  private Map<Integer, Long> settledEnds(Topic topic, long records) {
    long deadlineNs = System.nanoTime() + SETTLED_WITHIN.toNanos();
    Map<Integer, Long> ends = ends(topic);
    while (sum(ends) < records && System.nanoTime() < deadlineNs) {
      LockSupport.parkNanos(ASK_AGAIN_NS);
      ends = ends(topic);
    }
    return ends;
  }

  private static long sum(Map<Integer, Long> ends) {
    return ends.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The end offset of each partition. */
  public Map<Integer, Long> ends(Topic topic) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (int i = 0; i < topic.partitions(); i++) {
      wanted.put(new TopicPartition(topic.name(), i), OffsetSpec.latest());
    }
    try {
      Map<Integer, Long> ends = new HashMap<>();
      for (Map.Entry<TopicPartition, ListOffsetsResultInfo> found :
          admin.listOffsets(wanted).all().get().entrySet()) {
        ends.put(found.getKey().partition(), found.getValue().offset());
      }
      return ends;
    } catch (ExecutionException e) {
      throw new NodeError("the node does not tell its offsets: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  /**
   * Reads from an offset on, up to the end or so many bytes.
   *
   * @return the offset that was reached
   */
  private static long read(
      WireClient client, Topic topic, int partition, long from, long end, long bytesMax)
      throws IOException {
    long offset = from;
    long bytes = 0;
    while (offset < end && bytes < bytesMax) {
      FetchResponse response =
          client.call(FetchRequests.request(topic, partition, offset), FetchResponse.class);
      PartitionData data = response.data().responses().get(0).partitions().get(0);
      if (data.errorCode() != 0) {
        throw new NodeError("reading back ends with " + Errors.forCode(data.errorCode()));
      }
      long before = offset;
      for (RecordBatch batch : ((Records) data.records()).batches()) {
        batch.ensureValid();
        boolean isNext = batch.baseOffset() <= offset && batch.lastOffset() >= offset;
        long claimed = batch.lastOffset() - batch.baseOffset() + 1;
        if (!isNext || batch.countOrNull() == null || batch.countOrNull() != claimed) {
          throw new NodeError("partition " + partition + " is not whole at offset " + offset);
        }
        offset = batch.lastOffset() + 1;
        bytes += batch.sizeInBytes();
      }
      if (offset == before) {
        throw new NodeError("partition " + partition + " ends at " + offset + ", not at " + end);
      }
    }
    return offset;
  }
}

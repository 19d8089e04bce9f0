package dev.naru.proving.bench.load;

import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/** The first request that a starting node serves: a record with acks=all, fetched again. */
public final class FirstServed {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int CALL_PATIENCE_MS = 120_000;
  private static final long NAP_NS = 1_000_000;

  private FirstServed() {}

  /**
   * Asks again and again until a record of partition 0 went in and came out.
   *
   * @param alive whether there is still hope
   */
  public static void await(int port, Topic topic, BooleanSupplier alive) throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    IOException last = null;
    while (System.nanoTime() < deadlineNs && alive.getAsBoolean()) {
      try (WireClient client = new WireClient(port, CALL_PATIENCE_MS)) {
        serve(client, topic, deadlineNs);
        return;
      } catch (IOException notYet) {
        last = notYet;
        LockSupport.parkNanos(NAP_NS);
      }
    }
    throw new IOException("the node did not serve a record in time", last);
  }

  private static void serve(WireClient client, Topic topic, long deadlineNs) throws IOException {
    for (Errors error = attempt(client, topic);
        error != Errors.NONE;
        error = attempt(client, topic)) {
      if (System.nanoTime() > deadlineNs) {
        throw new NodeError("the node answers " + error);
      }
      LockSupport.parkNanos(NAP_NS);
    }
  }

  /**
   * Asks once.
   *
   * @return what the node says to the record of partition 0; when that is no error, the record came
   *     out, too
   */
  static Errors attempt(WireClient client, Topic topic) throws IOException {
    var answer = client.call(produce(topic), ProduceResponse.class).data();
    var partition = answer.responses().iterator().next().partitionResponses().get(0);
    if (partition.errorCode() != 0) {
      return Errors.forCode(partition.errorCode());
    }
    long offset = partition.baseOffset();
    FetchResponse response =
        client.call(FetchRequests.request(topic, 0, offset), FetchResponse.class);
    PartitionData data = response.data().responses().get(0).partitions().get(0);
    RecordBatch batch = ((Records) data.records()).batches().iterator().next();
    batch.ensureValid();
    if (batch.baseOffset() != offset) {
      throw new NodeError("the node gave offset " + batch.baseOffset() + " for " + offset);
    }
    return Errors.NONE;
  }

  private static ProduceRequest produce(Topic topic) {
    BatchShape shape = new BatchShape(100, 1, CompressionType.NONE);
    TopicProduceData data = new TopicProduceData().setTopicId(topic.id());
    data.partitionData().add(new PartitionProduceData().setIndex(0).setRecords(shape.batch(0)));
    return ProduceFrames.request(data, (short) -1);
  }
}

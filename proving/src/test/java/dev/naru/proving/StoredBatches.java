package dev.naru.proving;

import static dev.naru.proving.Clients.get;

import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/** A partition's batches as they lie in the log, which clients hide. */
public final class StoredBatches {
  private static final int BYTES_MAX = 1 << 20;

  private StoredBatches() {}

  /** The first batches of a partition, up to about a mebibyte. */
  public static List<RecordBatch> of(Admin admin, String topic, int partition) throws IOException {
    Uuid id = get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).topicId();
    FetchRequestData data =
        new FetchRequestData()
            .setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(-1))
            .setMaxWaitMs(1_000)
            .setMinBytes(1)
            .setMaxBytes(BYTES_MAX)
            .setTopics(
                List.of(
                    new FetchRequestData.FetchTopic()
                        .setTopicId(id)
                        .setPartitions(
                            List.of(
                                new FetchRequestData.FetchPartition()
                                    .setPartition(partition)
                                    .setPartitionMaxBytes(BYTES_MAX)
                                    .setFetchOffset(0)))));
    try (WireClient client = new WireClient(SharedNode.get().port())) {
      FetchResponseData.PartitionData answer =
          client
              .call(new FetchRequest(data, ApiKeys.FETCH.latestVersion()), FetchResponse.class)
              .data()
              .responses()
              .get(0)
              .partitions()
              .get(0);
      Errors.forCode(answer.errorCode()).maybeThrow();
      List<RecordBatch> batches = new ArrayList<>();
      ((MemoryRecords) answer.records()).batches().forEach(batches::add);
      return batches;
    }
  }

  /** The names of the codecs that these batches are compressed with. */
  public static Set<String> codecs(Admin admin, String topic, int partition) throws IOException {
    return codecs(admin, topic, partition, 1);
  }

  /**
   * As above, of the batches with so many records at least: a library may leave as they are those
   * that compression would not make smaller.
   */
  public static Set<String> codecs(Admin admin, String topic, int partition, int recordsMin)
      throws IOException {
    Set<String> codecs = new TreeSet<>();
    for (RecordBatch batch : of(admin, topic, partition)) {
      if (batch.countOrNull() >= recordsMin) {
        codecs.add(batch.compressionType().name);
      }
    }
    return codecs;
  }
}

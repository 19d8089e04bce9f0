package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks.Lane;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.net.Seldom;
import dev.naru.broker.net.SliceRecords;
import dev.naru.log.LocatedReads;
import dev.naru.log.LogSlice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.metadata.BrokerRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves consumers of this node's rack with records of partitions that other nodes own (KIP-392):
 * asks the owner where they are, and reads them from the nearest bookies. Any thread; nothing
 * blocks.
 *
 * <p>Everything but the records comes from the owner, so a consumer is told what the owner would
 * have told it. Whatever goes wrong on the way is NOT_LEADER_OR_FOLLOWER, with which a consumer
 * goes back to the owner.
 */
public final class NearReads {
  private static final Logger LOG = LoggerFactory.getLogger(NearReads.class);
  private static final Seldom SELDOM = new Seldom(LOG, System::nanoTime);

  /** For the owner's answer, and for the bookies' after it. */
  private static final int PATIENCE_MS = 5_000;

  /** What a consumer may be told as the owner said it. */
  private static final Set<Errors> OWNERS_WORD =
      Set.of(
          Errors.NONE,
          Errors.OFFSET_OUT_OF_RANGE,
          Errors.FENCED_LEADER_EPOCH,
          Errors.UNKNOWN_LEADER_EPOCH,
          Errors.NOT_LEADER_OR_FOLLOWER);

  private final MetadataView metadata;
  private final Peers peers;
  private final LocatedReads reads;
  private final Timers timers;
  private final RemoteProgress progress;

  public NearReads(MetadataView metadata, Peers peers, LocatedReads reads, Timers timers) {
    this.metadata = metadata;
    this.peers = peers;
    this.reads = reads;
    this.timers = timers;
    this.progress = new RemoteProgress(peers);
  }

  /** Whether a request comes from a consumer that this node is the nearest of. */
  boolean serves(FetchRequestData request) {
    if (request.rackId().isEmpty() || FetchRequest.replicaId(request) >= 0) {
      return false;
    }
    BrokerRegistration self = metadata.image().cluster().broker(metadata.nodeId());
    return self != null
        && request.rackId().equals(self.rack().orElse(null))
        && !metadata.isDrained(metadata.nodeId());
  }

  /** Who knows where a partition's records are; null for nobody, or this node itself. */
  NodeAddress owner(TopicPartition partition) {
    NodeAddress leader = peers.leader(partition);
    return leader == null || peers.isSelf(leader) ? null : leader;
  }

  /** How much of one partition should be asked for at a time. */
  int maxBytes() {
    return reads.maxBytes();
  }

  RemoteProgress progress() {
    return progress;
  }

  /**
   * Asks where records are.
   *
   * @return the answers in the order of the request's partitions; as many, and never a failure
   */
  CompletableFuture<List<PartitionData>> locate(NodeAddress owner, FetchRequestData wanted) {
    List<Integer> partitions =
        wanted.topics().stream().map(topic -> topic.partitions().get(0).partition()).toList();
    return peers
        .links()
        .send(owner, Lane.RECORDS, new FetchRequest.SimpleBuilder(wanted), PATIENCE_MS)
        .handle(
            (response, failure) -> {
              if (failure != null) {
                LOG.debug("{} does not say where its records are", owner, failure);
                return lost(partitions);
              }
              List<PartitionData> answers = answers(((FetchResponse) response).data());
              return answers.size() == partitions.size() ? answers : lost(partitions);
            })
        .toCompletableFuture();
  }

  private static List<PartitionData> answers(FetchResponseData response) {
    List<PartitionData> answers = new ArrayList<>();
    for (FetchableTopicResponse topic : response.responses()) {
      topic.partitions().forEach(each -> answers.add(Located.isSane(each) ? each : lost(each)));
    }
    return answers;
  }

  private static PartitionData lost(PartitionData nonsense) {
    return lost(nonsense.partitionIndex());
  }

  private static List<PartitionData> lost(List<Integer> partitions) {
    return partitions.stream().map(NearReads::lost).toList();
  }

  private static PartitionData lost(int partition) {
    return PartitionFetch.error(partition, Errors.NOT_LEADER_OR_FOLLOWER);
  }

  /**
   * What a consumer is answered, with the records read.
   *
   * @param told by the owner, for that plan; null when it said nothing
   * @param most records of more bytes are left for the next time
   * @return never a failure
   */
  CompletableFuture<PartitionData> read(FetchPlan plan, PartitionData told, int most) {
    Errors error = told == null ? Errors.NONE : Errors.forCode(told.errorCode());
    if (told == null || !OWNERS_WORD.contains(error)) {
      return CompletableFuture.completedFuture(lost(plan.partition));
    }
    Located located = Located.decode(told.records());
    PartitionData answer = told.duplicate().setRecords(MemoryRecords.EMPTY);
    if (error != Errors.NONE || located == null || located.sizeInBytes() > most) {
      return CompletableFuture.completedFuture(answer);
    }
    CompletableFuture<PartitionData> done = new CompletableFuture<>();
    Timers.Handle deadline =
        timers.schedule(
            PATIENCE_MS,
            () -> done.complete(failed(plan, new TimeoutException("they did not come in time"))));
    CompletionStage<Optional<LogSlice>> reading = reads.read(located.place());
    reading.whenComplete(
        (found, failure) -> {
          deadline.cancel();
          PartitionData result =
              failure != null
                  ? failed(plan, failure)
                  : found.map(slice -> checked(plan, answer, located, slice)).orElse(answer);
          if (!done.complete(result) && result.records() instanceof SliceRecords late) {
            late.slice().close();
          }
        });
    return done;
  }

  private PartitionData checked(
      FetchPlan plan, PartitionData answer, Located located, LogSlice slice) {
    if (located.isWhatWasAskedFor(slice.toMemoryRecords(), plan.fetchOffset)) {
      return answer.setRecords(new SliceRecords(slice));
    }
    slice.close();
    return failed(plan, new CorruptRecordException("other bytes than the owner spoke of"));
  }

  private PartitionData failed(FetchPlan plan, Throwable failure) {
    SELDOM.warn(
        "Records of partition "
            + plan.partition
            + " of "
            + (plan.topic.isEmpty() ? plan.topicId : plan.topic)
            + " cannot be read here, and the consumer goes to their owner: "
            + failure.getMessage());
    return lost(plan.partition);
  }
}

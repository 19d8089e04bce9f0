package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import java.util.OptionalInt;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;

/**
 * Fetch: keeps the incremental session, reads what there is as slices, and parks the request while
 * there are fewer bytes than the minimum and time is left ({@link ParkedFetch}).
 */
public final class FetchHandler implements ApiHandler {
  private final PartitionLookup partitions;
  private final FetchSessions sessions;
  private final Timers timers;
  private final int maxBytes;
  private final ReplicaSelector selector;
  private final NearReads near;
  private final FetchWaiters waiters = new FetchWaiters();

  /**
   * @param maxBytes {@code fetch.max.bytes}
   */
  public FetchHandler(
      PartitionLookup partitions, FetchSessions sessions, Timers timers, int maxBytes) {
    this(partitions, sessions, timers, maxBytes, null, null);
  }

  /**
   * For a node that has others beside it.
   *
   * @param selector where consumers of this node's partitions should fetch
   * @param near records of other nodes' partitions, for consumers that are nearer to this one; null
   *     when they are not served
   */
  public FetchHandler(
      PartitionLookup partitions,
      FetchSessions sessions,
      Timers timers,
      int maxBytes,
      ReplicaSelector selector,
      NearReads near) {
    this.selector = selector;
    this.near = near;
    this.partitions = partitions;
    this.sessions = sessions;
    this.timers = timers;
    this.maxBytes = maxBytes;
    partitions.onDeparture(waiters::wake);
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.FETCH;
  }

  @Override
  public void handle(Request request) {
    FetchRequestData data = request.data(FetchRequestData.class);
    FetchSessions.Resolved resolved;
    try {
      resolved = sessions.resolve(data, request.version(), timers.nowMs());
    } catch (ApiException e) {
      request.respond(
          new FetchResponseData()
              .setErrorCode(Errors.forException(e).code())
              .setSessionId(data.sessionId()));
      return;
    }
    new ParkedFetch(this, request, data, resolved).begin();
  }

  int maxBytes() {
    return maxBytes;
  }

  Timers timers() {
    return timers;
  }

  FetchWaiters waiters() {
    return waiters;
  }

  PartitionLookup partitions() {
    return partitions;
  }

  NearReads near() {
    return near;
  }

  /** The answer that sends a consumer to a nearer node; null when it is to be served here. */
  PartitionData elsewhere(
      Request request, FetchRequestData data, Partition partition, FetchPlan plan) {
    if (selector == null || data.rackId().isEmpty() || FetchRequest.replicaId(data) >= 0) {
      return null;
    }
    ReplicaSelector.Visitor visitor =
        new ReplicaSelector.Visitor(
            data.rackId(), request.context().listenerName, request.context().connectionId);
    OptionalInt node = selector.select(partition, visitor);
    PartitionData away =
        node.isEmpty() ? null : PartitionFetch.elsewhere(partition, plan, node.getAsInt());
    return away != null && selector.sends(partition, visitor) ? away : null;
  }

  /** The partition that a plan means, or null when it is not here. */
  Partition find(FetchPlan plan) {
    return partitions.find(topicName(plan), plan.topicId, plan.partition);
  }

  /** The name of the topic that a plan means; null when no topic has its id. */
  String topicName(FetchPlan plan) {
    return partitions.topicName(plan.topic, plan.topicId);
  }
}

package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.FetchRequest;

/**
 * Fetch, as other nodes send it that serve consumers of this node's partitions. Of two kinds:
 *
 * <ul>
 *   <li>Without a replica id it is a consumer's fetch, answered at once with everything that a
 *       consumer is told, except that in place of records it has their place ({@link Located}).
 *   <li>With the asking node's replica id it is a long poll ({@link ProgressFetch}).
 * </ul>
 *
 * Neither has a session. Requests on one connection do not wait for each other.
 */
public final class NodeFetchHandler implements ApiHandler {
  /** Topics have ids, and no names, from here on. */
  private static final short FIRST_VERSION = 13;

  private final PartitionLookup partitions;
  private final Timers timers;
  private final int maxBytes;
  private final FetchWaiters waiters = new FetchWaiters();

  /** The long poll of a connection: one, which ends when the next one comes. */
  private final Map<String, ProgressFetch> polls = new ConcurrentHashMap<>();

  /**
   * @param maxBytes {@code fetch.max.bytes}
   */
  public NodeFetchHandler(PartitionLookup partitions, Timers timers, int maxBytes) {
    this.partitions = partitions;
    this.timers = timers;
    this.maxBytes = maxBytes;
    partitions.onDeparture(waiters::wake);
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.FETCH;
  }

  @Override
  public short minVersion() {
    return FIRST_VERSION;
  }

  @Override
  public void handle(Request request) {
    FetchRequestData data = request.data(FetchRequestData.class);
    request.ordered();
    if (FetchRequest.replicaId(data) < 0) {
      new LocateFetch(partitions, request, data, maxBytes).begin();
      return;
    }
    ProgressFetch poll = new ProgressFetch(this, request, data);
    ProgressFetch before = polls.put(request.context().connectionId, poll);
    if (before != null) {
      before.end();
    }
    poll.begin();
  }

  void ended(Request request, ProgressFetch poll) {
    polls.remove(request.context().connectionId, poll);
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

  /** The partition of that topic, or null when it is not here. */
  Partition find(Uuid topicId, int index) {
    return partitions.find(partitions.topicName(topicId), topicId, index);
  }
}

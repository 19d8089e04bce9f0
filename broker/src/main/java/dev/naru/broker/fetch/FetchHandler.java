package dev.naru.broker.fetch;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionRegistry;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.TopicImage;

/**
 * Fetch: keeps the incremental session, reads what there is as slices, and parks the request while
 * there are fewer bytes than the minimum and time is left ({@link ParkedFetch}).
 */
public final class FetchHandler implements ApiHandler {
  private final MetadataView metadata;
  private final PartitionRegistry partitions;
  private final FetchSessions sessions;
  private final Timers timers;
  private final int maxBytes;
  private final FetchWaiters waiters = new FetchWaiters();

  /**
   * @param maxBytes {@code fetch.max.bytes}
   */
  public FetchHandler(
      MetadataView metadata,
      PartitionRegistry partitions,
      FetchSessions sessions,
      Timers timers,
      int maxBytes) {
    this.metadata = metadata;
    this.partitions = partitions;
    this.sessions = sessions;
    this.timers = timers;
    this.maxBytes = maxBytes;
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

  /** The partition that a plan means, or null when there is none here. */
  Partition find(FetchPlan plan) {
    String name = plan.topic;
    if (!plan.topicId.equals(Uuid.ZERO_UUID)) {
      TopicImage image = metadata.topic(plan.topicId);
      if (image == null) {
        return null;
      }
      name = image.name();
    }
    return partitions.get(new TopicPartition(name, plan.partition));
  }

  /** Which error says that {@link #find} found nothing. */
  Errors missing(FetchPlan plan) {
    boolean unknownId =
        !plan.topicId.equals(Uuid.ZERO_UUID) && metadata.topic(plan.topicId) == null;
    return unknownId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
  }
}

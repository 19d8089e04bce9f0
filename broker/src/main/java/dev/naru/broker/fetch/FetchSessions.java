package dev.naru.broker.fetch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.FetchSessionIdNotFoundException;
import org.apache.kafka.common.errors.FetchSessionTopicIdException;
import org.apache.kafka.common.errors.InvalidFetchSessionEpochException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.requests.FetchMetadata;

/**
 * The fetch sessions of this node (KIP-227), at most {@code
 * max.incremental.fetch.session.cache.slots}. When all slots are taken, one that was not used for
 * two minutes gives way; when there is none, the client goes on with full fetches. Thread-safe.
 */
public final class FetchSessions {
  private static final long EVICTABLE_AFTER_MS = 120_000;
  private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

  private final int slots;
  private final LinkedHashMap<Integer, FetchSession> byLastUse =
      new LinkedHashMap<>(16, 0.75f, true);

  public FetchSessions(int slots) {
    this.slots = slots;
  }

  /**
   * What a request fetches.
   *
   * @param session null for a fetch without a session
   * @param incremental only what is news is answered
   */
  record Resolved(FetchSession session, boolean incremental, List<FetchPlan> plans) {
    int sessionId() {
      return session == null ? FetchMetadata.INVALID_SESSION_ID : session.id;
    }
  }

  /** Finds, makes or ends the session that a request names. */
  synchronized Resolved resolve(FetchRequestData request, short version, long nowMs) {
    boolean full =
        request.sessionEpoch() == FetchMetadata.INITIAL_EPOCH
            || request.sessionEpoch() == FetchMetadata.FINAL_EPOCH;
    if (full) {
      if (request.sessionId() != FetchMetadata.INVALID_SESSION_ID) {
        byLastUse.remove(request.sessionId());
      }
      return fullFetch(request, version, nowMs);
    }
    FetchSession session = byLastUse.get(request.sessionId());
    if (session == null) {
      throw new FetchSessionIdNotFoundException("No fetch session " + request.sessionId());
    }
    if (session.epoch() != request.sessionEpoch()) {
      throw new InvalidFetchSessionEpochException(
          "Fetch session " + session.id + " expected epoch " + session.epoch());
    }
    if (session.usesTopicIds != version >= FIRST_VERSION_WITH_TOPIC_IDS) {
      throw new FetchSessionTopicIdException(
          "Fetch session " + session.id + " changed between topic names and topic ids");
    }
    session.advance(request, nowMs);
    if (session.size() == 0) {
      byLastUse.remove(session.id);
      return new Resolved(null, true, List.of());
    }
    return new Resolved(session, true, session.plans());
  }

  private Resolved fullFetch(FetchRequestData request, short version, long nowMs) {
    boolean wantsSession =
        request.sessionEpoch() == FetchMetadata.INITIAL_EPOCH
            && version >= 7
            && !request.topics().isEmpty();
    if (!wantsSession || !makeRoom(nowMs)) {
      return new Resolved(null, false, plansOf(request));
    }
    FetchSession session =
        new FetchSession(newId(), version >= FIRST_VERSION_WITH_TOPIC_IDS, request, nowMs);
    byLastUse.put(session.id, session);
    return new Resolved(session, false, session.plans());
  }

  private boolean makeRoom(long nowMs) {
    if (byLastUse.size() < slots) {
      return true;
    }
    var oldest = byLastUse.values().iterator();
    if (oldest.hasNext() && nowMs - oldest.next().lastUsedMs() > EVICTABLE_AFTER_MS) {
      oldest.remove();
      return true;
    }
    return false;
  }

  private int newId() {
    int id;
    do {
      id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    } while (byLastUse.containsKey(id));
    return id;
  }

  private static List<FetchPlan> plansOf(FetchRequestData request) {
    List<FetchPlan> plans = new ArrayList<>();
    for (FetchTopic topic : request.topics()) {
      Uuid id = topic.topicId();
      for (FetchPartition wanted : topic.partitions()) {
        plans.add(new FetchPlan(topic.topic(), id, wanted));
      }
    }
    return plans;
  }
}

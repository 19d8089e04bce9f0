package dev.naru.broker.fetch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;

/** An incremental fetch session (KIP-227): the partitions that a client wants again and again. */
final class FetchSession {
  final int id;
  final boolean usesTopicIds;
  private final LinkedHashMap<FetchPlan.Key, FetchPlan> plans = new LinkedHashMap<>();
  private int epoch = 1;
  private long lastUsedMs;

  FetchSession(int id, boolean usesTopicIds, FetchRequestData first, long nowMs) {
    this.id = id;
    this.usesTopicIds = usesTopicIds;
    this.lastUsedMs = nowMs;
    addOrUpdate(first);
  }

  int epoch() {
    return epoch;
  }

  long lastUsedMs() {
    return lastUsedMs;
  }

  int size() {
    return plans.size();
  }

  synchronized void advance(FetchRequestData request, long nowMs) {
    lastUsedMs = nowMs;
    epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
    addOrUpdate(request);
    for (ForgottenTopic topic : request.forgottenTopicsData()) {
      for (int partition : topic.partitions()) {
        plans.remove(key(topic.topic(), topic.topicId(), partition));
      }
    }
  }

  private void addOrUpdate(FetchRequestData request) {
    for (FetchTopic topic : request.topics()) {
      for (FetchPartition wanted : topic.partitions()) {
        FetchPlan.Key key = key(topic.topic(), topic.topicId(), wanted.partition());
        FetchPlan known = plans.get(key);
        if (known == null) {
          plans.put(key, new FetchPlan(key.topic(), key.topicId(), wanted));
        } else {
          known.update(wanted);
        }
      }
    }
  }

  private FetchPlan.Key key(String topic, Uuid topicId, int partition) {
    return new FetchPlan.Key(
        usesTopicIds ? "" : topic, usesTopicIds ? topicId : Uuid.ZERO_UUID, partition);
  }

  synchronized List<FetchPlan> plans() {
    return new ArrayList<>(plans.values());
  }

  /** A partition that was answered with records goes last, so that none starves. */
  synchronized void rotate(FetchPlan served) {
    FetchPlan.Key key = served.key();
    if (plans.remove(key, served)) {
      plans.put(key, served);
    }
  }
}

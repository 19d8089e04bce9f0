package dev.naru.broker.fetch;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks.Lane;
import dev.naru.broker.cluster.Peers;
import dev.naru.broker.fetch.RemoteProgress.PartitionKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who waits here for partitions of one other node, and the long poll that asks it. When a partition
 * comes that the poll does not name, another poll is sent, on which the owner ends the one before.
 * Any thread; nobody is woken under the lock.
 */
final class OwnerWatch {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerWatch.class);
  private static final int WAIT_MS = 10_000;

  /** An owner that does not answer in time is as good as dead. */
  private static final int TIMEOUT_MS = WAIT_MS + 5_000;

  private static final int POLLS_MAX = 2;

  private final Peers peers;
  private final NodeAddress owner;
  private final Map<PartitionKey, Watched> watched = new LinkedHashMap<>();
  private Set<PartitionKey> asked = Set.of();
  private int polls;
  private boolean again;

  /** Whether somebody waits for what the newest poll does not name. */
  private boolean incomplete;

  /** How far a partition is. */
  record Reached(long highWatermark, long lastStableOffset) {
    boolean isBehind(Reached other) {
      return highWatermark < other.highWatermark || lastStableOffset < other.lastStableOffset;
    }
  }

  private static final class Watched {
    private Reached reached;
    private final Set<Runnable> waiters = new HashSet<>();

    Watched(Reached reached) {
      this.reached = reached;
    }
  }

  OwnerWatch(Peers peers, NodeAddress owner) {
    this.peers = peers;
    this.owner = owner;
  }

  void add(PartitionKey key, Reached known, Runnable waiter) {
    Set<Runnable> awake = new LinkedHashSet<>();
    synchronized (this) {
      Watched partition = watched.computeIfAbsent(key, first -> new Watched(known));
      if (known.isBehind(partition.reached)) {
        awake.add(waiter);
      } else if (partition.reached.isBehind(known)) {
        partition.reached = known;
        awake.addAll(partition.waiters);
        awake.remove(waiter);
      }
      partition.waiters.add(waiter);
      incomplete |= polls == 0 || !asked.contains(key);
    }
    awake.forEach(Runnable::run);
  }

  /** Asks for what was added. */
  void poll() {
    FetchRequestData poll = null;
    synchronized (this) {
      if (incomplete) {
        poll = nextPoll();
      }
    }
    send(poll);
  }

  synchronized void remove(PartitionKey key, Runnable waiter) {
    Watched partition = watched.get(key);
    if (partition != null) {
      partition.waiters.remove(waiter);
    }
  }

  /** With the lock; null when nobody waits, or enough is under way. */
  private FetchRequestData nextPoll() {
    again = polls >= POLLS_MAX;
    if (again) {
      return null;
    }
    watched.values().removeIf(partition -> partition.waiters.isEmpty());
    if (watched.isEmpty()) {
      return null;
    }
    polls++;
    incomplete = false;
    asked = Set.copyOf(watched.keySet());
    List<FetchTopic> topics = new ArrayList<>();
    watched.forEach(
        (key, partition) ->
            topics.add(
                new FetchTopic()
                    .setTopicId(key.topicId())
                    .setPartitions(
                        List.of(
                            new FetchPartition()
                                .setPartition(key.index())
                                .setFetchOffset(partition.reached.highWatermark)
                                .setLogStartOffset(partition.reached.lastStableOffset)))));
    return new FetchRequestData()
        .setReplicaState(new ReplicaState().setReplicaId(peers.nodeId()))
        .setMaxWaitMs(WAIT_MS)
        .setMinBytes(1)
        .setTopics(topics);
  }

  private void send(FetchRequestData poll) {
    if (poll != null) {
      peers
          .links()
          .send(owner, Lane.PROGRESS, new FetchRequest.SimpleBuilder(poll), TIMEOUT_MS)
          .whenComplete(this::ended);
    }
  }

  private void ended(AbstractResponse response, Throwable failure) {
    Set<Runnable> awake = new LinkedHashSet<>();
    FetchRequestData poll = null;
    synchronized (this) {
      polls--;
      if (failure != null) {
        LOG.debug("{} does not say how far its partitions are", owner, failure);
        watched.values().forEach(partition -> awake.addAll(partition.waiters));
        watched.clear();
      } else {
        take(((FetchResponse) response).data(), awake);
        if (polls == 0 || again) {
          poll = nextPoll();
        }
      }
    }
    awake.forEach(Runnable::run);
    send(poll);
  }

  /** With the lock. */
  private void take(FetchResponseData answer, Set<Runnable> awake) {
    Map<PartitionKey, PartitionData> news = new HashMap<>();
    for (FetchableTopicResponse topic : answer.responses()) {
      topic
          .partitions()
          .forEach(
              each -> news.put(new PartitionKey(topic.topicId(), each.partitionIndex()), each));
    }
    boolean refused = answer.errorCode() != Errors.NONE.code();
    for (PartitionKey key : refused ? Set.copyOf(watched.keySet()) : news.keySet()) {
      Watched partition = watched.get(key);
      PartitionData now = news.get(key);
      if (partition == null) {
        continue;
      }
      if (now == null || now.errorCode() != Errors.NONE.code()) {
        awake.addAll(partition.waiters);
        watched.remove(key);
        continue;
      }
      Reached reached = new Reached(now.highWatermark(), now.lastStableOffset());
      if (partition.reached.isBehind(reached)) {
        partition.reached = reached;
        awake.addAll(partition.waiters);
      }
    }
  }
}

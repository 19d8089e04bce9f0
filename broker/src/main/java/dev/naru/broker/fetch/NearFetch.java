package dev.naru.broker.fetch;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.partition.PartitionLookup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;

/**
 * That part of one fetch request whose partitions other nodes own, see {@link NearReads}. What it
 * is, is found out once: a partition that comes here or goes from here meanwhile is an error of the
 * request. On the connection's event loop.
 */
final class NearFetch {
  private final NearReads near;
  private final byte isolation;

  /** By the plan's place in the request. */
  private final Map<Integer, Remote> remotes = new TreeMap<>();

  /** What the owners said last. */
  private final Map<Integer, PartitionData> told = new HashMap<>();

  /** Where this request waits, since it parked. */
  private final Map<Integer, NodeAddress> watched = new HashMap<>();

  private record Remote(FetchPlan plan, TopicPartition name, Uuid topicId) {}

  private NearFetch(NearReads near, byte isolation) {
    this.near = near;
    this.isolation = isolation;
  }

  /**
   * @param near null where there are no other nodes
   * @return null when nothing of the request is to be read for others
   */
  static NearFetch of(
      NearReads near, PartitionLookup partitions, FetchRequestData request, List<FetchPlan> plans) {
    if (near == null || !near.serves(request)) {
      return null;
    }
    NearFetch fetch = new NearFetch(near, request.isolationLevel());
    for (int i = 0; i < plans.size(); i++) {
      FetchPlan plan = plans.get(i);
      String topic = partitions.topicName(plan.topic, plan.topicId);
      if (partitions.find(topic, plan.topicId, plan.partition) == null
          && partitions.absence(topic, plan.partition) == Errors.NOT_LEADER_OR_FOLLOWER) {
        fetch.remotes.put(
            i,
            new Remote(plan, new TopicPartition(topic, plan.partition), partitions.topicId(topic)));
      }
    }
    return fetch.remotes.isEmpty() ? null : fetch;
  }

  boolean has(int index) {
    return remotes.containsKey(index);
  }

  /** Asks all owners at once; completes when each has answered, or was given up. Never fails. */
  CompletableFuture<Void> locate(int maxBytes) {
    told.clear();
    Map<NodeAddress, List<Integer>> byOwner = new LinkedHashMap<>();
    remotes.forEach(
        (index, remote) -> {
          NodeAddress owner = near.owner(remote.name);
          if (owner == null) {
            told.put(index, lost(remote));
          } else {
            byOwner.computeIfAbsent(owner, first -> new ArrayList<>()).add(index);
          }
        });
    List<CompletableFuture<?>> asked = new ArrayList<>();
    byOwner.forEach(
        (owner, indexes) ->
            asked.add(
                near.locate(owner, question(indexes, maxBytes))
                    .thenAccept(answers -> take(indexes, answers))));
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .exceptionally(failure -> null);
  }

  private FetchRequestData question(List<Integer> indexes, int maxBytes) {
    List<FetchTopic> topics = new ArrayList<>();
    for (int index : indexes) {
      Remote remote = remotes.get(index);
      FetchPartition partition =
          new FetchPartition()
              .setPartition(remote.plan.partition)
              .setCurrentLeaderEpoch(remote.plan.currentLeaderEpoch)
              .setFetchOffset(remote.plan.fetchOffset)
              .setLastFetchedEpoch(remote.plan.lastFetchedEpoch)
              .setPartitionMaxBytes(Math.min(remote.plan.maxBytes, near.maxBytes()));
      topics.add(new FetchTopic().setTopicId(remote.topicId).setPartitions(List.of(partition)));
    }
    return new FetchRequestData()
        .setMaxWaitMs(0)
        .setMinBytes(0)
        .setMaxBytes(maxBytes)
        .setIsolationLevel(isolation)
        .setTopics(topics);
  }

  /** Owners answer on a thread that is not the event loop's, one after the other. */
  private void take(List<Integer> indexes, List<PartitionData> answers) {
    synchronized (told) {
      for (int i = 0; i < indexes.size(); i++) {
        told.put(indexes.get(i), answers.get(i));
      }
    }
  }

  /** What the owner of a partition said. */
  private PartitionData told(int index) {
    synchronized (told) {
      return told.get(index);
    }
  }

  /**
   * Whether what was located is no answer yet.
   *
   * @param plans of the whole request: what this node itself has may be one
   */
  boolean isTooLittle(int plans, int minBytes) {
    if (remotes.size() < plans) {
      return false;
    }
    long bytes = 0;
    for (int index : remotes.keySet()) {
      PartitionData found = told(index);
      if (found == null || found.errorCode() != 0 || found.divergingEpoch().epoch() >= 0) {
        return false;
      }
      Located located = Located.decode(found.records());
      bytes += located == null ? 0 : located.sizeInBytes();
    }
    return bytes < minBytes;
  }

  /**
   * Reads what was located.
   *
   * @param left bytes that may still come
   * @param nothingYet whether one batch may be larger than that
   */
  CompletableFuture<PartitionData> read(int index, int left, boolean nothingYet) {
    int most = nothingYet ? Integer.MAX_VALUE : Math.max(0, left);
    return near.read(remotes.get(index).plan, told(index), most);
  }

  /** Has this request woken when a partition is not as it was found last. May be repeated. */
  void watch(Runnable waker) {
    remotes.forEach(
        (index, remote) -> {
          NodeAddress owner = near.owner(remote.name);
          NodeAddress before = owner == null ? watched.remove(index) : watched.put(index, owner);
          if (before != null && !before.equals(owner)) {
            near.progress().remove(before, key(remote), waker);
          }
          PartitionData found = told(index);
          if (owner != null && found != null) {
            near.progress()
                .add(owner, key(remote), found.highWatermark(), found.lastStableOffset(), waker);
          }
        });
    Set.copyOf(watched.values()).forEach(near.progress()::poll);
  }

  void unwatch(Runnable waker) {
    watched.forEach(
        (index, owner) -> near.progress().remove(owner, key(remotes.get(index)), waker));
    watched.clear();
  }

  private static RemoteProgress.PartitionKey key(Remote remote) {
    return new RemoteProgress.PartitionKey(remote.topicId, remote.plan.partition);
  }

  private static PartitionData lost(Remote remote) {
    return PartitionFetch.error(remote.plan.partition, Errors.NOT_LEADER_OR_FOLLOWER);
  }
}

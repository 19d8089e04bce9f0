package dev.naru.broker.fetch;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.Peers;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Uuid;

/**
 * Wakes fetches that wait here for partitions of other nodes to move. One long poll goes to each
 * owner, for all that wait for it, however many they are. Any thread.
 */
final class RemoteProgress {
  private final Peers peers;
  private final Map<NodeAddress, OwnerWatch> owners = new ConcurrentHashMap<>();

  /** A partition. */
  record PartitionKey(Uuid topicId, int index) {}

  RemoteProgress(Peers peers) {
    this.peers = peers;
  }

  /**
   * Adds a waiter, or says what one that waits already knows now; {@link #poll} follows.
   *
   * @param wake called when the partition is known to be elsewhere than so, or nothing can be known
   *     of it; from now on, on any thread
   */
  void add(
      NodeAddress owner,
      PartitionKey key,
      long highWatermark,
      long lastStableOffset,
      Runnable wake) {
    owners
        .computeIfAbsent(owner, first -> new OwnerWatch(peers, owner))
        .add(key, new OwnerWatch.Reached(highWatermark, lastStableOffset), wake);
  }

  /** Asks an owner for what was added. */
  void poll(NodeAddress owner) {
    OwnerWatch watch = owners.get(owner);
    if (watch != null) {
      watch.poll();
    }
  }

  void remove(NodeAddress owner, PartitionKey key, Runnable wake) {
    OwnerWatch watch = owners.get(owner);
    if (watch != null) {
      watch.remove(key, wake);
    }
  }
}

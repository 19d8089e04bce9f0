package dev.naru.broker.txn;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.Peers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;

/**
 * Writes markers where their partitions are led, here or on another node. Whoever leads decides
 * whether a marker is too old; that nobody does passes.
 */
final class RoutedMarkerWriter implements MarkerWriter {
  private final MarkerWriter local;
  private final RemoteMarkerWriter remote;
  private final Peers peers;

  RoutedMarkerWriter(MarkerWriter local, RemoteMarkerWriter remote, Peers peers) {
    this.local = local;
    this.remote = remote;
    this.peers = peers;
  }

  @Override
  public CompletionStage<Void> write(TopicPartition partition, Marker marker) {
    NodeAddress leader = peers.leader(partition);
    if (leader == null) {
      return CompletableFuture.failedFuture(
          new NotLeaderOrFollowerException(partition + " has no leader at the moment"));
    }
    return peers.isSelf(leader)
        ? local.write(partition, marker)
        : remote.write(leader, partition, marker);
  }
}

package dev.naru.broker.txn;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.Peers;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;

/**
 * Asks the coordinator of a transactional id wherever it is: on the node that leads the id's
 * partition of {@code __transaction_state}.
 */
public final class RoutedVerifier implements TransactionVerifier {
  private final TransactionService local;
  private final RemoteVerifier remote;
  private final Peers peers;

  public RoutedVerifier(TransactionService local, Peers peers) {
    this.local = local;
    this.remote = new RemoteVerifier(peers.links());
    this.peers = peers;
  }

  @Override
  public CompletionStage<Map<TopicPartition, Errors>> addOrVerify(
      String transactionalId,
      long producerId,
      short producerEpoch,
      Collection<TopicPartition> partitions,
      Mode mode) {
    if (transactionalId == null || transactionalId.isEmpty()) {
      return local.addOrVerify(transactionalId, producerId, producerEpoch, partitions, mode);
    }
    int index = local.knownCoordinatorPartition(transactionalId);
    NodeAddress coordinator =
        index < 0
            ? null
            : peers.leader(new TopicPartition(Topic.TRANSACTION_STATE_TOPIC_NAME, index));
    if (coordinator == null) {
      return CompletableFuture.completedFuture(
          TransactionPartition.sameForAll(partitions, Errors.COORDINATOR_NOT_AVAILABLE));
    }
    return peers.isSelf(coordinator)
        ? local.addOrVerify(transactionalId, producerId, producerEpoch, partitions, mode)
        : remote.addOrVerify(
            coordinator,
            transactionalId,
            new ProducerIdentity(producerId, producerEpoch),
            partitions,
            mode);
  }
}

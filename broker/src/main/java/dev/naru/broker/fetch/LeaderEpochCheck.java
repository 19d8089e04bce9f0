package dev.naru.broker.fetch;

import dev.naru.broker.partition.Partition;
import org.apache.kafka.common.protocol.Errors;

/** KIP-320: a client that knows another leader epoch than this node is told so. */
final class LeaderEpochCheck {
  private LeaderEpochCheck() {}

  /**
   * @param clientEpoch -1 when the client does not know
   */
  static Errors check(Partition partition, int clientEpoch) {
    if (clientEpoch < 0 || clientEpoch == partition.leaderEpoch()) {
      return Errors.NONE;
    }
    return clientEpoch < partition.leaderEpoch()
        ? Errors.FENCED_LEADER_EPOCH
        : Errors.UNKNOWN_LEADER_EPOCH;
  }
}

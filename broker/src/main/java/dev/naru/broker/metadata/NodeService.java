package dev.naru.broker.metadata;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;

/**
 * Changes what the metadata says of the cluster's nodes, and with that who owns which partition.
 * Any thread; a stage completes when the change is durable and has taken effect on this node.
 */
public final class NodeService {
  private final MetadataLog log;
  private final int nodeId;

  public NodeService(MetadataLog log, int nodeId) {
    this.log = log;
    this.nodeId = nodeId;
  }

  /**
   * A node that says where it is reached.
   *
   * @param alive which life of each node the cluster sees when the command runs; what was seen
   *     before may have been taken over meanwhile, and would not be again
   * @return its broker epoch
   */
  public CompletionStage<Long> register(
      BrokerRegistrationRequestData request, Supplier<Map<Integer, Uuid>> alive) {
    return log.<Long>submit(image -> NodeCommands.register(image, request, alive.get()))
        .thenCompose(epoch -> spread().thenApply(done -> epoch));
  }

  /** Takes note of who is there; those that are not lose what they owned to those that are. */
  public CompletionStage<Void> see(Map<Integer, Uuid> alive) {
    return log.<Void>submit(image -> NodeCommands.see(image, alive)).thenCompose(done -> spread());
  }

  /**
   * A node wants to stop, and gives what it owns to others.
   *
   * @return whether it owns nothing any more
   */
  public CompletionStage<Boolean> leave(int leaving, long brokerEpoch) {
    return log.<Void>submit(image -> NodeCommands.leave(image, leaving, brokerEpoch))
        .thenCompose(done -> spread())
        .thenCompose(
            done -> log.submit(image -> Outcome.of(!NodeCommands.ownsAnything(image, leaving))));
  }

  private CompletionStage<Void> spread() {
    return spread(log, nodeId);
  }

  /** Gives each partition an owner that is there, and each node its share. */
  static CompletionStage<Void> spread(MetadataLog log, int nodeId) {
    return log.<Boolean>submit(image -> NodeCommands.spread(image, nodeId))
        .thenCompose(more -> more ? spread(log, nodeId) : CompletableFuture.completedStage(null));
  }
}

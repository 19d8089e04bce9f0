package dev.naru.cli.cluster;

import dev.naru.broker.cluster.Coordination;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.log.bookkeeper.cluster.Coordination.ControllerClaim;
import dev.naru.log.bookkeeper.cluster.Coordination.LiveNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/** The broker's view of who is there, by way of the storage's. */
final class SharedView implements Coordination {
  private final int nodeId;
  private final dev.naru.log.bookkeeper.cluster.Coordination nodes;

  /** As they were told last. */
  private volatile Map<Integer, LiveNode> seen = Map.of();

  SharedView(int nodeId, dev.naru.log.bookkeeper.cluster.Coordination nodes) {
    this.nodeId = nodeId;
    this.nodes = nodes;
  }

  @Override
  public void announce(NodeAddress address) {
    nodes.announce(address.host(), address.port());
  }

  @Override
  public void watchNodes(Consumer<Map<Integer, Uuid>> listener) {
    nodes.watchNodes(
        live -> {
          seen = live;
          Map<Integer, Uuid> processes = new TreeMap<>();
          for (LiveNode node : live.values()) {
            processes.put(node.nodeId(), uuid(node.incarnation()));
          }
          listener.accept(processes);
        });
  }

  /** Any name becomes an id that is the same on every node. */
  private static Uuid uuid(String incarnation) {
    UUID named = UUID.nameUUIDFromBytes(incarnation.getBytes(StandardCharsets.UTF_8));
    return new Uuid(named.getMostSignificantBits(), named.getLeastSignificantBits());
  }

  @Override
  public void watchController(Consumer<Claim> listener) {
    nodes.watchController(claim -> listener.accept(claim == null ? null : claim(claim)));
  }

  private static Claim claim(ControllerClaim claim) {
    return new Claim(
        new NodeAddress(claim.nodeId(), claim.linkHost(), claim.linkPort()), claim.epoch());
  }

  @Override
  public CompletionStage<Boolean> claimController() {
    return nodes.claimController().thenApply(claim -> claim != null && claim.nodeId() == nodeId);
  }

  @Override
  public void resignController() {
    nodes.resignController();
  }

  @Override
  public void declareDead(int node, Uuid incarnation) {
    LiveNode live = seen.get(node);
    if (live != null && uuid(live.incarnation()).equals(incarnation)) {
      nodes.declareDead(live);
    }
  }

  @Override
  public void depart() {
    nodes.depart();
  }
}

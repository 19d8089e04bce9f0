package dev.naru.log.bookkeeper.cluster;

import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.CONTROLLER;
import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.CONTROLLER_EPOCH;
import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.IDS;
import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.NODES;

import dev.naru.log.bookkeeper.cluster.Coordination.ControllerClaim;
import dev.naru.log.bookkeeper.cluster.Coordination.LiveNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * What coordination keeps in ZooKeeper: the nodes that are announced, and the claim of the one that
 * may be the controller. Both are ephemeral. The version of a node's id grows with each of its
 * lives, and that of the controller's epoch with each claim: what is read is still so when those
 * are.
 */
final class CoordinationNodes {
  private CoordinationNodes() {}

  static byte[] encode(LiveNode node) {
    return Fields.of(
            "incarnation",
            node.incarnation(),
            "link.host",
            node.linkHost(),
            "link.port",
            Integer.toString(node.linkPort()),
            "version",
            node.version())
        .encode();
  }

  /** Null when it is not there. */
  static LiveNode readNode(ZooKeeper zooKeeper, int id, Stat stat)
      throws KeeperException, InterruptedException {
    try {
      Fields fields = Fields.decode(zooKeeper.getData(NODES + "/" + id, false, stat));
      return new LiveNode(
          id,
          fields.get("incarnation"),
          fields.get("link.host"),
          fields.number("link.port"),
          fields.get("version"));
    } catch (KeeperException.NoNodeException e) {
      return null;
    }
  }

  /** As {@link #readClaim} finds it. */
  static byte[] encode(ControllerClaim claim, String incarnation) {
    return Fields.of(
            "node.id",
            Integer.toString(claim.nodeId()),
            "epoch",
            Integer.toString(claim.epoch()),
            "incarnation",
            incarnation,
            "link.host",
            claim.linkHost(),
            "link.port",
            Integer.toString(claim.linkPort()))
        .encode();
  }

  /**
   * A claim as it is written.
   *
   * @param incarnation of the node that wrote it
   */
  record Claim(ControllerClaim claim, String incarnation) {}

  /** Null when it is not there. */
  static Claim readClaim(ZooKeeper zooKeeper, Watcher watcher, Stat stat)
      throws KeeperException, InterruptedException {
    try {
      // Asked for first, so that a claim that comes after an absence is seen, too.
      if (zooKeeper.exists(CONTROLLER, watcher) == null) {
        return null;
      }
      Fields fields = Fields.decode(zooKeeper.getData(CONTROLLER, watcher, stat));
      ControllerClaim claim =
          new ControllerClaim(
              fields.number("node.id"),
              fields.number("epoch"),
              fields.get("link.host"),
              fields.number("link.port"));
      return new Claim(claim, fields.get("incarnation"));
    } catch (KeeperException.NoNodeException e) {
      return null;
    }
  }

  /** Removes a node, unless it has begun anew, and the claim that it had. */
  static Void remove(ZooKeeper zooKeeper, LiveNode node)
      throws KeeperException, InterruptedException {
    String id = IDS + "/" + node.nodeId();
    // First what changes with each life and with each claim: while it is the same, so is the rest.
    Stat life = new Stat();
    zooKeeper.getData(id, false, life);
    Stat epoch = new Stat();
    zooKeeper.getData(CONTROLLER_EPOCH, false, epoch);
    Claim claim = readClaim(zooKeeper, null, null);
    LiveNode there = readNode(zooKeeper, node.nodeId(), null);
    List<Op> ops = new ArrayList<>();
    if (there != null && there.incarnation().equals(node.incarnation())) {
      ops.add(Op.check(id, life.getVersion()));
      ops.add(Op.delete(NODES + "/" + node.nodeId(), -1));
    }
    if (claim != null && claim.incarnation.equals(node.incarnation())) {
      ops.add(Op.check(CONTROLLER_EPOCH, epoch.getVersion()));
      ops.add(Op.delete(CONTROLLER, -1));
    }
    if (!ops.isEmpty()) {
      zooKeeper.multi(ops);
    }
    return null;
  }
}

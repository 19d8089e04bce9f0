package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;

/**
 * What the cluster says of itself in ZooKeeper, and whether this node belongs to it. Nodes that
 * start at the same time may all make what is absent: who is first has made it. Blocks.
 */
final class ZooKeeperMembership {
  static final String ROOT = "/naru";
  static final String LOGS = ROOT + "/logs";
  static final String METADATA = ROOT + "/metadata";
  static final String NODES = ROOT + "/nodes";
  static final String CONTROLLER = ROOT + "/controller";
  static final String CONTROLLER_EPOCH = ROOT + "/controller-epoch";

  /** Whose disks are full. */
  static final String FULL = ROOT + "/full";

  private static final String BOOKIES = "/ledgers/available";
  private static final String CLUSTER = ROOT + "/cluster";
  static final String IDS = ROOT + "/ids";
  private static final String FORMAT = "1";

  private final ZooKeeperSession session;
  private final long deadlineNs;

  ZooKeeperMembership(ZooKeeperSession session, long deadlineNs) {
    this.session = session;
    this.deadlineNs = deadlineNs;
  }

  /**
   * Founds the cluster, or joins it.
   *
   * @return the cluster's id
   * @throws ClusterException this node does not belong to it
   * @throws IOException ZooKeeper does not answer
   */
  String join(ClusterSettings settings, DataDirectory directory)
      throws IOException, InterruptedException {
    try {
      return joinOrThrow(settings, directory);
    } catch (KeeperException e) {
      throw new IOException("ZooKeeper answers " + e.getMessage() + "; try again", e);
    }
  }

  private String joinOrThrow(ClusterSettings settings, DataDirectory directory)
      throws KeeperException, InterruptedException {
    for (String path : List.of(ROOT, LOGS, METADATA, NODES, CONTROLLER_EPOCH, IDS, FULL)) {
      findOrMake(path, new byte[0]);
    }
    String join = ZooKeeperSession.connectString(settings.join());
    Fields cluster =
        findOrMake(
            CLUSTER,
            Fields.of(
                "format",
                FORMAT,
                "name",
                settings.cluster(),
                "id",
                Uuid.randomUuid().toString(),
                "join",
                join));
    check(settings, cluster, join);
    directory.belongTo(cluster.get("id"));
    checkId(settings, directory.id());
    return cluster.get("id");
  }

  private static void check(ClusterSettings settings, Fields cluster, String join) {
    if (!cluster.get("format").equals(FORMAT)) {
      throw ClusterException.mistake(
          ("The cluster has format %s, and this version knows %s; start the version that the"
                  + " cluster's other nodes run")
              .formatted(cluster.get("format"), FORMAT));
    }
    if (!cluster.get("name").equals(settings.cluster())) {
      throw ClusterException.mistake(
          "The nodes at %s belong to the cluster %s, not to %s; name that cluster, or other nodes"
              .formatted(join, cluster.get("name"), settings.cluster()));
    }
    if (!cluster.get("join").equals(join)) {
      throw ClusterException.mistake(
          ("The cluster began with the nodes %s, and this node names %s; give every node the"
                  + " same list of first nodes")
              .formatted(cluster.get("join"), join));
    }
  }

  private void checkId(ClusterSettings settings, String directoryId)
      throws KeeperException, InterruptedException {
    Fields owner =
        findOrMake(
            IDS + "/" + settings.nodeId(),
            Fields.of("directory.id", directoryId, "address", settings.address().toString()));
    if (!owner.get("directory.id").equals(directoryId)) {
      throw ClusterException.mistake(
          ("Node id %s belongs to the node that began at %s with another data directory; give"
                  + " this node an id that was never used, also when it takes the place of that"
                  + " one because its disk is lost")
              .formatted(settings.nodeId(), owner.get("address")));
    }
  }

  /**
   * Does away with what ZooKeeper has not noticed yet: that the process of before, which was at the
   * same address, is dead. There it would have its ports.
   */
  void forgetPredecessor(ClusterSettings settings) throws IOException, InterruptedException {
    try {
      session.persist(
          zooKeeper -> {
            String node = NODES + "/" + settings.nodeId();
            Fields before = read(zooKeeper, node);
            if (before.isEmpty()) {
              // Another node saw that it died, or it ended while it started.
              delete(zooKeeper, BOOKIES + "/" + EmbeddedBookie.id(settings.nodeId()));
            } else if (before.get("link.host").equals(settings.address().host())
                && before.number("link.port") == settings.address().plus(NodePorts.LINK).port()) {
              if (read(zooKeeper, CONTROLLER)
                  .get("incarnation")
                  .equals(before.get("incarnation"))) {
                delete(zooKeeper, CONTROLLER);
              }
              delete(zooKeeper, BOOKIES + "/" + EmbeddedBookie.id(settings.nodeId()));
              delete(zooKeeper, node);
            }
            return null;
          },
          deadlineNs);
    } catch (KeeperException e) {
      throw new IOException("ZooKeeper answers " + e.getMessage() + "; try again", e);
    }
  }

  /** Without fields when it is not there. */
  private static Fields read(ZooKeeper zooKeeper, String path)
      throws KeeperException, InterruptedException {
    try {
      return Fields.decode(zooKeeper.getData(path, false, null));
    } catch (KeeperException.NoNodeException e) {
      return Fields.of();
    }
  }

  private static void delete(ZooKeeper zooKeeper, String path)
      throws KeeperException, InterruptedException {
    try {
      zooKeeper.delete(path, -1);
    } catch (KeeperException.NoNodeException e) {
      // That is what was wanted.
    }
  }

  private Fields findOrMake(String path, Fields made) throws KeeperException, InterruptedException {
    return Fields.decode(findOrMake(path, made.encode()));
  }

  private byte[] findOrMake(String path, byte[] made) throws KeeperException, InterruptedException {
    return session.persist(
        zooKeeper -> {
          try {
            zooKeeper.create(path, made, session.acl(), CreateMode.PERSISTENT);
          } catch (KeeperException.NodeExistsException e) {
            // Somebody was first, or this node was and did not hear so.
          }
          return zooKeeper.getData(path, false, null);
        },
        deadlineNs);
  }
}

package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;

/** Full disks as ephemeral nodes of ZooKeeper, each named as its bookie. Blocks. */
final class FullDisks implements DiskWatch.Board {
  private final ZooKeeperSession session;
  private final String own;

  FullDisks(ZooKeeperSession session, String own) {
    this.session = session;
    this.own = own;
  }

  /** One call; whoever asks does so again. */
  private <T> T ask(ZooKeeperSession.Call<T> call) throws IOException, InterruptedException {
    try {
      return call.on(session.zooKeeper());
    } catch (KeeperException e) {
      throw new IOException("ZooKeeper answers " + e.getMessage(), e);
    }
  }

  @Override
  public void say(boolean full) throws IOException, InterruptedException {
    String path = ZooKeeperMembership.FULL + "/" + own;
    ask(
        zooKeeper -> {
          if (full) {
            create(zooKeeper, path);
          } else {
            delete(zooKeeper, path);
          }
          return null;
        });
  }

  private void create(ZooKeeper zooKeeper, String path)
      throws KeeperException, InterruptedException {
    try {
      zooKeeper.create(path, new byte[0], session.acl(), CreateMode.EPHEMERAL);
    } catch (KeeperException.NodeExistsException e) {
      // It was said before.
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

  @Override
  public Set<String> full() throws IOException, InterruptedException {
    return ask(zooKeeper -> new HashSet<>(zooKeeper.getChildren(ZooKeeperMembership.FULL, false)));
  }
}

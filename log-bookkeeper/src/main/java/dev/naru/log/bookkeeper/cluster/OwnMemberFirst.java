package dev.naru.log.bookkeeper.cluster;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;

/**
 * Which member of ZooKeeper a client connects to: the first of its list, which is the member in its
 * own process when there is one, so that the end of another node disconnects nobody here. When that
 * one does not serve, the others come in their order.
 *
 * <p>How long a client waits in between is decided here, too. ZooKeeper's client sleeps for up to a
 * second at random before each attempt after the first connection, so that thousands of clients do
 * not come at once. Here there are a few for each node, and a takeover waits for them. That sleep
 * ends at once when its thread is interrupted; this asks for that, and sleeps itself: not at all
 * before the first attempt, then longer each time. Called by the client's one thread.
 */
final class OwnMemberFirst implements HostProvider {
  private static final long STEP_MS = 25;
  private static final long PAUSE_MS_MAX = 1_000;

  /** Sleeps, without being interrupted. */
  @FunctionalInterface
  interface Pause {
    void of(long ms) throws InterruptedException;
  }

  private final List<InetSocketAddress> members;
  private final Pause pause;

  /** Attempts since the last connection. */
  private int attempts;

  /** Only from the first connection on does the client sleep before an attempt. */
  private boolean wasConnected;

  /**
   * @param connectString the members, the one that is preferred first
   */
  OwnMemberFirst(String connectString) {
    this(connectString, TimeUnit.MILLISECONDS::sleep);
  }

  OwnMemberFirst(String connectString, Pause pause) {
    this.members = List.copyOf(new ConnectStringParser(connectString).getServerAddresses());
    this.pause = pause;
  }

  @Override
  public int size() {
    return members.size();
  }

  /** Resolved each time: an address may have changed. */
  @Override
  public InetSocketAddress next(long spinDelay) {
    int attempt = attempts++;
    // With no delay asked for the client only wants an address, and does not sleep.
    if (spinDelay > 0) {
      try {
        if (attempt > 0) {
          pause.of(Math.min(PAUSE_MS_MAX, STEP_MS * attempt));
        }
        if (wasConnected) {
          Thread.currentThread().interrupt();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    InetSocketAddress member = members.get(attempt % members.size());
    return new InetSocketAddress(member.getHostString(), member.getPort());
  }

  @Override
  public void onConnected() {
    attempts = 0;
    wasConnected = true;
  }

  /** The members never change. */
  @Override
  public boolean updateServerList(
      Collection<InetSocketAddress> serverAddresses, InetSocketAddress currentHost) {
    throw new UnsupportedOperationException("the members of ZooKeeper never change");
  }
}

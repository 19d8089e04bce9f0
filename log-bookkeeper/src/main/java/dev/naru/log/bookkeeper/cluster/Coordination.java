package dev.naru.log.bookkeeper.cluster;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Who is alive in the cluster, and who may try to be its controller. Any thread may call; listeners
 * are called on one thread, and must not hold it up.
 *
 * <p>None of this protects anything: a node that is cut off believes for a while what was true
 * before. What protects is that the logs themselves are fenced by who takes them over.
 */
public interface Coordination {
  /**
   * A node that is alive, or was a session timeout ago.
   *
   * @param incarnation another one after each start of its process, and after each loss of its
   *     session: the node has given up what it had
   * @param linkHost where it listens for other nodes
   * @param version of its software
   */
  record LiveNode(int nodeId, String incarnation, String linkHost, int linkPort, String version) {}

  /**
   * Who may try to be the controller.
   *
   * @param epoch grows with each claim
   */
  record ControllerClaim(int nodeId, int epoch, String linkHost, int linkPort) {}

  /**
   * Announces this node as alive; again by itself after a session expired, with another
   * incarnation. Blocks until it is announced.
   *
   * @throws ClusterException a node with this id runs already, or ZooKeeper does not answer
   */
  void announce(String linkHost, int linkPort);

  /** Called with each change, at first with what is now. */
  void watchNodes(Consumer<Map<Integer, LiveNode>> listener);

  /** Called with each change, at first with what is now; null while nobody holds it. */
  void watchController(Consumer<ControllerClaim> listener);

  /**
   * Called when this node's session has expired, or another node declared it dead: the others may
   * have taken all that it had. It has to give up its partitions and the controller's role before
   * the next call on the same thread, and is then announced anew.
   */
  void watchExpiry(Runnable listener);

  /**
   * Tries to become the one who may be controller, after {@link #announce}.
   *
   * @return the claim with its epoch, or null when somebody else is; fails with an {@link
   *     java.io.IOException} when ZooKeeper does not answer
   */
  CompletionStage<ControllerClaim> claimController();

  /** Gives the claim up, when it is this node's. */
  void resignController();

  /**
   * Takes a process of another node, which is dead, out of what all nodes see, and its claim to be
   * the controller with it. Its session would do so when it ends. A process that was alive after
   * all is announced anew by itself, with another incarnation. Does not wait; what cannot be done
   * within a session timeout is not done.
   */
  void declareDead(LiveNode node);

  /** Leaves: other nodes see this one as gone at once. Waits for that, but not for long. */
  void depart();
}

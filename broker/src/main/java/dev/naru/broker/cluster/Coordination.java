package dev.naru.broker.cluster;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Who is there, and who may be the controller, as all nodes of a cluster agree on it. This port is
 * all that the broker sees of whatever keeps that. It decides how fast a takeover is, and nothing
 * else: what must not happen twice is fenced by the logs themselves.
 */
public interface Coordination {
  /**
   * Who may be the controller.
   *
   * @param epoch grows with each claim
   */
  record Claim(NodeAddress node, int epoch) {}

  /** Shows this node to the others as one that is there, until {@link #depart} or its end. */
  void announce(NodeAddress address);

  /**
   * Tells of each change of who is there, at first of what is now: by node id, which process of it.
   * On one thread, which must not be held up.
   */
  void watchNodes(Consumer<Map<Integer, Uuid>> listener);

  /** Tells of each change of who may be the controller, on that thread; null while nobody may. */
  void watchController(Consumer<Claim> listener);

  /**
   * Tries to become the one who may be the controller; the watcher is told. Completes with false
   * when somebody else is.
   */
  CompletionStage<Boolean> claimController();

  /** Gives the claim up. */
  void resignController();

  /**
   * Lets all nodes see that a process of another node is gone, which this one knows to be dead, and
   * ends the claim that it had. Does nothing when it is seen no more, or when it cannot be done: it
   * is seen as gone a while later then.
   */
  default void declareDead(int nodeId, Uuid incarnation) {}

  /** Lets the others see that this node is gone, now and not after a while. */
  void depart();
}

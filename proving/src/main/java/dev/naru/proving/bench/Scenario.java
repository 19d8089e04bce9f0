package dev.naru.proving.bench;

import dev.naru.proving.bench.node.BareNode;
import java.io.IOException;

/**
 * One thing that a broker does, done the same way to every contender. Stateless: one object serves
 * all runs.
 */
public interface Scenario {
  /** {@code FAMILY/VARIANT}, or the family alone; what {@code --only} takes. */
  String name();

  /** One line for people. */
  String title();

  /** Whether it runs when nothing was chosen and {@code --full} not said. */
  default boolean isUsual() {
    return true;
  }

  /** Whether it is part of {@code --quick}. */
  default boolean isQuick() {
    return isUsual();
  }

  /**
   * Whether a node that other scenarios were run against will do when time is short; otherwise the
   * trial's node is always a new one.
   */
  default boolean mayShareNode() {
    return true;
  }

  /**
   * Runs it once. What was acknowledged is verified before the figures are returned.
   *
   * @throws dev.naru.proving.bench.load.NodeError when the node did what it must not do
   */
  Figures run(Trial trial) throws IOException;

  /** Whether there is a limit that can be shown beside the nodes, in the same pair. */
  default boolean hasLimit() {
    return false;
  }

  /** The limit: what the bare server does, unless a scenario has another one. */
  default Figures runLimit(Trial trial) throws IOException {
    try (BareNode bare = BareNode.start(trial.directory(), limitForces())) {
      return runBare(bare, trial.scale());
    }
  }

  /** Whether the bare server acknowledges after {@code fdatasync}. */
  default boolean limitForces() {
    return true;
  }

  /** The same bytes, to or from the bare server. */
  default Figures runBare(BareNode bare, Scale scale) throws IOException {
    throw new UnsupportedOperationException(name() + " has no limit");
  }
}

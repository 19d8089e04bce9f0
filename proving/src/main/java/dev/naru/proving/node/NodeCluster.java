package dev.naru.proving.node;

import java.util.List;

/**
 * Nodes that are one cluster, each a process of its own on loopback, driven from outside only. All
 * of them end when this JVM does. One thread at a time.
 */
public interface NodeCluster extends AutoCloseable {

  /** All nodes that belong to it, running or not; the one at index i has the id i + 1. */
  List<? extends TestNode> nodes();

  /** One more node, with the next id, that is not started yet. */
  TestNode addNode();

  /**
   * Does what comes before the first start of nodes that were never started; a start does it by
   * itself, and takes longer then.
   */
  default void prepare() {}

  /** The addresses of all nodes, the same over all restarts. */
  String bootstrap();

  /** Kills what runs. */
  @Override
  void close();
}

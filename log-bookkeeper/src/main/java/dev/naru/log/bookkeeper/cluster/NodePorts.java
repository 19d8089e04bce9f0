package dev.naru.log.bookkeeper.cluster;

/** The ports of a node, counted from its Kafka port. */
final class NodePorts {
  static final int BOOKIE = 2;
  static final int ZOOKEEPER = 3;
  static final int QUORUM = 4;
  static final int ELECTION = 5;

  /** So many ports, from the Kafka port on, belong to a node. */
  static final int COUNT = 6;

  private NodePorts() {}
}

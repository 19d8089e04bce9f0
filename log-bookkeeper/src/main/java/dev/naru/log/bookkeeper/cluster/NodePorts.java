package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ports of a node, counted from its Kafka port. */
final class NodePorts {
  static final int KAFKA = 0;
  static final int LINK = 1;
  static final int BOOKIE = 2;
  static final int ZOOKEEPER = 3;
  static final int QUORUM = 4;
  static final int ELECTION = 5;

  /** So many ports, from the Kafka port on, belong to a node. */
  static final int COUNT = 6;

  private static final int CONNECT_MS = 1_000;

  private NodePorts() {}

  /**
   * Sees whether this node can listen where it will. What listens says it less clearly.
   *
   * @throws ClusterException somebody else does
   */
  static void requireFree(ClusterSettings settings) {
    Map<Integer, String> uses = new TreeMap<>();
    uses.put(KAFKA, "Kafka's clients");
    uses.put(LINK, "other nodes");
    uses.put(BOOKIE, "the bookie");
    if (settings.carriesZooKeeper()) {
      uses.put(ZOOKEEPER, "ZooKeeper's clients");
      if (settings.join().size() > 1) {
        uses.put(QUORUM, "ZooKeeper's quorum");
        uses.put(ELECTION, "ZooKeeper's elections");
      }
    }
    uses.forEach((offset, use) -> requireFree(settings.address(), offset, use));
  }

  private static void requireFree(HostPort node, int offset, String use) {
    HostPort address = node.plus(offset);
    try (ServerSocket socket =
        new ServerSocket(address.port(), 1, InetAddress.getByName(address.host()))) {
      socket.getLocalPort();
    } catch (IOException e) {
      throw ClusterException.mistake(
          ("This node cannot listen at %s, for %s: %s; a node of a cluster uses the ports %s to %s,"
                  + " so stop what uses them, or give this node another address")
              .formatted(address, use, e.getMessage(), node.port(), node.plus(COUNT - 1).port()),
          e);
    }
  }

  /** Those of some addresses where nobody lets us in. Blocks for a second for each at most. */
  static List<HostPort> silent(List<HostPort> addresses) {
    List<HostPort> silent = new ArrayList<>();
    for (HostPort address : addresses) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MS);
      } catch (IOException e) {
        silent.add(address);
      }
    }
    return silent;
  }
}

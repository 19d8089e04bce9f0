package dev.naru.broker.cluster;

/** Where a node listens for other nodes. */
public record NodeAddress(int nodeId, String host, int port) {
  @Override
  public String toString() {
    return "node " + nodeId + " at " + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}

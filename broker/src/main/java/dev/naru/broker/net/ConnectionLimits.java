package dev.naru.broker.net;

import java.net.InetAddress;
import java.util.Map;

/**
 * Which connections are let in. Immutable.
 *
 * @param max {@code max.connections}: when so many are open, others wait to be accepted
 * @param maxPerAddress {@code max.connections.per.ip}: others from that address are closed
 * @param overrides {@code max.connections.per.ip.overrides}
 * @param perSecond {@code max.connection.creation.rate}: when there are more, they wait
 */
public record ConnectionLimits(
    int max, int maxPerAddress, Map<InetAddress, Integer> overrides, int perSecond) {

  int maxFrom(InetAddress address) {
    return overrides.getOrDefault(address, maxPerAddress);
  }
}

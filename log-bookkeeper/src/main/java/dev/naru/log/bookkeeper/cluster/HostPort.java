package dev.naru.log.bookkeeper.cluster;

import java.util.Comparator;

/** An address as it was given, not resolved. */
public record HostPort(String host, int port) implements Comparable<HostPort> {
  private static final Comparator<HostPort> ORDER =
      Comparator.comparing(HostPort::host).thenComparingInt(HostPort::port);

  /** Checks. */
  public HostPort {
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw ClusterException.mistake(
          "\"" + host + ":" + port + "\" is no address; one looks like 10.0.0.1:9092");
    }
  }

  /** Reads HOST:PORT, where a host may be an IPv6 address in brackets. */
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, Math.max(0, colon)).strip();
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      return new HostPort(
          bracketed ? host.substring(1, host.length() - 1) : host,
          Integer.parseInt(text.substring(colon + 1).strip()));
    } catch (NumberFormatException e) {
      throw ClusterException.mistake(
          "\"" + text + "\" is no address; one looks like 10.0.0.1:9092", e);
    }
  }

  /** The same host, a port that stands so many above. */
  HostPort plus(int ports) {
    return new HostPort(host, port + ports);
  }

  @Override
  public int compareTo(HostPort other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}

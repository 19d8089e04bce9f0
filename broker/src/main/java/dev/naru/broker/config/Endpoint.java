package dev.naru.broker.config;

import org.apache.kafka.common.config.ConfigException;

/** One entry of {@code listeners} or {@code advertised.listeners}. */
record Endpoint(String host, int port) {
  private static final String SCHEME = "PLAINTEXT://";

  static Endpoint parse(String option, String text) {
    if (!text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw new ConfigException(
          option, text, "it must be PLAINTEXT://HOST:PORT; TLS and SASL are not there yet");
    }
    String address = text.substring(SCHEME.length());
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      throw new ConfigException(option, text, "the port is missing; it must be HOST:PORT");
    }
    String host = address.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new Endpoint(host, port(option, text, address.substring(colon + 1)));
  }

  private static int port(String option, String text, String digits) {
    try {
      int port = Integer.parseInt(digits);
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Answered below, like a number out of range.
    }
    throw new ConfigException(option, text, "the port must be a number from 0 to 65535");
  }

  /** Whether only this machine reaches it. Names other than localhost count as reachable. */
  boolean isLoopback() {
    return host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("::1");
  }
}

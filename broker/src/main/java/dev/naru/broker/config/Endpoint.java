package dev.naru.broker.config;

import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/**
 * One entry of {@code listeners} or {@code advertised.listeners}.
 *
 * @param name of the listener, in upper case
 * @param host without brackets; empty for none
 */
record Endpoint(String name, String host, int port) {
  private static final String FORM =
      "it must be NAME://HOST:PORT, such as PLAINTEXT://127.0.0.1:9092";

  /** Only literals: a name that begins like one may resolve to anything. */
  private static final Pattern LOOPBACK =
      Pattern.compile("127(\\.\\d{1,3}){3}|::1|0:0:0:0:0:0:0:1");

  static Endpoint parse(String option, String text) {
    int scheme = text.indexOf("://");
    if (scheme <= 0) {
      throw new ConfigException(option, text, FORM);
    }
    String address = text.substring(scheme + 3);
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      throw new ConfigException(option, text, "the port is missing; " + FORM);
    }
    String host = address.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw new ConfigException(option, text, "an IPv6 address stands in brackets; " + FORM);
    }
    String name = text.substring(0, scheme).toUpperCase(Locale.ROOT);
    return new Endpoint(name, host, port(option, text, address.substring(colon + 1)));
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
    return host.equalsIgnoreCase("localhost") || LOOPBACK.matcher(host).matches();
  }

  /** Whether it stands for all addresses of this machine. */
  boolean isEveryAddress() {
    return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
  }

  @Override
  public String toString() {
    return name + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}

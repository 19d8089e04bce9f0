package dev.naru.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An address as a person writes it: {@code 127.0.0.1:9092}, {@code localhost:0}, {@code
 * [::1]:9092}.
 *
 * @param host a name or a literal, without brackets
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /**
   * Parses an address.
   *
   * @param option the option that it was given to, for the sentence
   */
  public static HostPort parse(String option, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw malformed(option, text);
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (host.isBlank() || port < 0 || port > MAX_PORT) {
        throw malformed(option, text);
      }
      return new HostPort(host, port);
    } catch (NumberFormatException e) {
      throw malformed(option, text);
    }
  }

  private static CliException malformed(String option, String text) {
    return CliException.mistake(
        option + " wants HOST:PORT, such as 127.0.0.1:9092, not '" + text + "'");
  }

  /** Whether only this machine can reach it. */
  public boolean isLoopback(String option) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw CliException.mistake(option + ": the host '" + host + "' is not known here", e);
    }
  }

  /** Whether only this machine can reach a host; one that is not known here cannot be told. */
  public static boolean isLoopback(String option, String host) {
    return new HostPort(host, 0).isLoopback(option);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}

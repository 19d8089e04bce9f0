package dev.naru.broker.config;

import java.util.Locale;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * One address that a node listens on, and the one that clients are told who came in there.
 *
 * @param name in upper case
 * @param protocol PLAINTEXT or SSL
 * @param host to listen on; empty for every address of this machine
 * @param port to listen on; 0 for a free one
 * @param advertisedHost that clients are told
 * @param advertisedPort that clients are told; 0 until a free one is taken
 */
public record Listener(
    String name,
    SecurityProtocol protocol,
    String host,
    int port,
    String advertisedHost,
    int advertisedPort) {

  /** Whether bytes travel encrypted. */
  public boolean isTls() {
    return protocol == SecurityProtocol.SSL;
  }

  /** What the names of options begin with that hold for this listener only. */
  public String prefix() {
    return "listener.name." + name.toLowerCase(Locale.ROOT) + ".";
  }

  /** HOST:PORT to listen on. */
  public String address() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** The same one with the port that was really taken. */
  Listener on(int taken) {
    int told = advertisedPort == 0 || advertisedPort == port ? taken : advertisedPort;
    return new Listener(name, protocol, host, taken, advertisedHost, told);
  }
}

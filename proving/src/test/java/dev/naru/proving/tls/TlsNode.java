package dev.naru.proving.tls;

import dev.naru.proving.SharedNode;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.TestNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A node with a plain listener and several of TLS: SSL asks nobody, MUTUAL requires a certificate,
 * ELSEWHERE shows one that is for another host, RENEWED one that a test replaces. Started once for
 * a class of tests.
 */
final class TlsNode implements AutoCloseable {
  final Path files = SharedNode.newDirectory("certificates");
  final Authority authority = Authority.create(files, "naru-ca");
  final TestNode node;
  final int mutualPort = FreePort.next();
  final int elsewherePort = FreePort.next();
  final int renewedPort = FreePort.next();

  TlsNode() {
    Path keys = authority.issue("node");
    Map<String, String> settings = new HashMap<>(Authority.showing(keys));
    settings.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:{port},SSL://127.0.0.1:{tls-port},MUTUAL://127.0.0.1:"
            + mutualPort
            + ",ELSEWHERE://127.0.0.1:"
            + elsewherePort
            + ",RENEWED://127.0.0.1:"
            + renewedPort);
    settings.put(
        "listener.security.protocol.map",
        "PLAINTEXT:PLAINTEXT,SSL:SSL,MUTUAL:SSL,ELSEWHERE:SSL,RENEWED:SSL,CONTROLLER:PLAINTEXT");
    String mutual = "listener.name.mutual.ssl.";
    settings.put(mutual + "client.auth", "required");
    settings.put(mutual + "keystore.type", "PEM");
    settings.put(mutual + "keystore.location", Authority.pem(keys, "node").toString());
    settings.put(mutual + "keystore.password", "");
    settings.put(mutual + "truststore.type", "PEM");
    settings.put(mutual + "truststore.location", authority.certificate().toString());
    settings.put(
        "listener.name.elsewhere.ssl.keystore.location",
        authority.issue("elsewhere", "dns:example.org").toString());
    settings.put(
        "listener.name.renewed.ssl.keystore.location", authority.issue("renewed").toString());
    node = TestNode.create(TestNode.Kind.NARU, SharedNode.newDirectory("tls"), settings);
    node.start();
  }

  String tls() {
    return "127.0.0.1:" + node.tlsPort();
  }

  String mutual() {
    return "127.0.0.1:" + mutualPort;
  }

  String elsewhere() {
    return "127.0.0.1:" + elsewherePort;
  }

  /** A client's settings, as {@link dev.naru.proving.Clients} takes them. */
  static Object[] pairs(Map<String, String> settings, Object... more) {
    Object[] pairs = new Object[2 * settings.size() + more.length];
    int i = 0;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      pairs[i++] = setting.getKey();
      pairs[i++] = setting.getValue();
    }
    System.arraycopy(more, 0, pairs, i, more.length);
    return pairs;
  }

  /** One map of several. */
  @SafeVarargs
  static Map<String, String> all(Map<String, String>... maps) {
    Map<String, String> all = new HashMap<>();
    for (Map<String, String> map : maps) {
      all.putAll(map);
    }
    return all;
  }

  @Override
  public void close() {
    node.close();
  }
}

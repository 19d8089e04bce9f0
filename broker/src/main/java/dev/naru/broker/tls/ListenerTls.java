package dev.naru.broker.tls;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.Listener;
import java.net.InetAddress;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.network.ConnectionMode;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SslAuthenticationContext;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.common.security.ssl.SslFactory;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of one listener: makes an engine for each connection, and says who a client is. New
 * connections see another key or trust store as soon as {@link #reconfigure} returns; those that
 * are open keep what they agreed on.
 *
 * <p>Any thread asks for engines; one thread at a time reconfigures.
 */
public final class ListenerTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ListenerTls.class);

  static {
    // A client of TLS 1.2 could make the node compute one handshake after another. The JDK reads
    // this once, when the first engine is made.
    if (System.getProperty("jdk.tls.rejectClientInitiatedRenegotiation") == null) {
      System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }
  }

  private final Listener listener;
  private final SslFactory engines;
  private final DefaultKafkaPrincipalBuilder principals;

  private ListenerTls(Listener listener, SslFactory engines, SslPrincipalMapper mapper) {
    this.listener = listener;
    this.engines = engines;
    this.principals = new DefaultKafkaPrincipalBuilder(null, mapper);
  }

  /**
   * Reads the stores.
   *
   * @throws ConfigException one sentence that names the option and says what would be right
   */
  public static ListenerTls of(BrokerConfig config, Listener listener) {
    check(config, listener).forEach(LOG::warn);
    Map<String, Object> options = config.tls(listener);
    SslFactory engines = new SslFactory(ConnectionMode.SERVER, null, false);
    try {
      engines.configure(options);
      return new ListenerTls(
          listener,
          engines,
          SslPrincipalMapper.fromRules((String) options.get("ssl.principal.mapping.rules")));
    } catch (KafkaException | IllegalArgumentException e) {
      throw new ConfigException(
          "TLS cannot be set up for the listener " + listener.name() + ": " + TlsCheck.reason(e));
    }
  }

  private static Iterable<String> check(BrokerConfig config, Listener listener) {
    return new TlsCheck(config.tls(listener), option -> config.nameFor(listener, option)).run();
  }

  /**
   * Whether the node could go on with these options.
   *
   * @throws ConfigException one sentence
   */
  public void check(BrokerConfig next) {
    check(next, listener);
    try {
      engines.validateReconfiguration(next.tls(listener));
    } catch (KafkaException e) {
      throw new ConfigException(
          "The stores of the listener " + listener.name() + " stay: " + TlsCheck.reason(e));
    }
  }

  /** Takes other stores, or the same files with another content. A mistake changes nothing. */
  public void reconfigure(BrokerConfig next) {
    try {
      check(next, listener).forEach(LOG::warn);
      engines.reconfigure(next.tls(listener));
    } catch (KafkaException e) {
      LOG.error(
          "The listener {} goes on with the stores that it had: {}",
          listener.name(),
          TlsCheck.reason(e));
    }
  }

  /** The server's end of a new connection. */
  public SSLEngine newEngine(String peerHost, int peerPort) {
    return engines.createSslEngine(peerHost, peerPort);
  }

  /** Whom the client's certificate names; anonymous when there is none. After the handshake. */
  public KafkaPrincipal principal(SSLSession session, InetAddress client) {
    return principals.build(new SslAuthenticationContext(session, client, listener.name()));
  }

  @Override
  public void close() {
    engines.close();
  }
}

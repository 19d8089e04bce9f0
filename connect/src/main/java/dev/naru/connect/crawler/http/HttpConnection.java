package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to one origin, at an address that was checked. One thread uses it at a time; any
 * thread may close it.
 */
final class HttpConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

  final String origin;
  private final Socket raw;
  private Socket socket;
  private WireInput in;
  long idleSinceNs;

  /** When the exchange on it must be over; watched by another thread. */
  volatile long deadlineNs = Long.MAX_VALUE;

  /** Closed because its time was up. */
  volatile boolean overdue;

  HttpConnection(String origin) {
    this.origin = origin;
    this.raw = new Socket();
    this.socket = raw;
  }

  void connect(CanonicalUrl url, InetAddress address, int connectTimeoutMs, int readTimeoutMs)
      throws IOException {
    raw.setTcpNoDelay(true);
    raw.setSoTimeout(readTimeoutMs);
    raw.connect(new InetSocketAddress(address, url.port()), connectTimeoutMs);
    if (url.isSecure()) {
      socket = handshake(url);
    }
    in = new WireInput(socket.getInputStream());
  }

  private SSLSocket handshake(CanonicalUrl url) throws IOException {
    String host = url.host();
    String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket tls = (SSLSocket) factory.createSocket(raw, name, url.port(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tls.setSSLParameters(parameters);
    try {
      tls.startHandshake();
    } catch (SSLException e) {
      throw new FetchException(
          Outcome.UNREACHABLE,
          Failure.HOST,
          "TLS with " + origin + " failed: " + e.getMessage(),
          e);
    }
    return tls;
  }

  WireInput in() {
    return in;
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /**
   * Closes the connection under whoever reads from it; a TLS goodbye could block, so none is said.
   */
  @Override
  public void close() {
    try {
      raw.close();
    } catch (IOException e) {
      LOG.debug("closing a connection to {} failed", origin, e);
    }
  }
}

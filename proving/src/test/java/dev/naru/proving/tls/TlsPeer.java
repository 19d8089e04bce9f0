package dev.naru.proving.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A bare TLS connection that trusts whomever it meets. */
final class TlsPeer {
  private static final int PATIENCE_MS = 30_000;

  private TlsPeer() {}

  /** Not connected to anything but the port: the handshake is still to come. */
  static SSLSocket connect(int port) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
      SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(PATIENCE_MS);
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  static Certificate certificateAt(int port) throws IOException {
    try (SSLSocket socket = connect(port)) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      throw new IllegalStateException("a client meets no clients");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      // Whom it meets is what the tests look at.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

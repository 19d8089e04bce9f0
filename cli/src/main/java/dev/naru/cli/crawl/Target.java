package dev.naru.cli.crawl;

import dev.naru.cli.CliException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;

/** A web address to begin at, looked at before anything is started for it. */
public final class Target {
  private static final int CONNECT_PATIENCE_MS = 10_000;

  private Target() {}

  /**
   * Checks the address.
   *
   * @param privateAddresses whether hosts of this machine and of private networks are welcome
   * @return its host
   * @throws CliException when it is not an http address (a mistake) or its host does not resolve (a
   *     failure)
   */
  public static String check(String url, boolean privateAddresses) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw CliException.mistake("'" + url + "' is not an address: " + e.getReason(), e);
    }
    boolean http =
        "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
    if (!http || uri.getHost() == null) {
      throw CliException.mistake(
          "'" + url + "' is not a web address; one looks like https://example.org/");
    }
    try {
      InetAddress address = InetAddress.getByName(uri.getHost());
      boolean inside =
          address.isLoopbackAddress()
              || address.isSiteLocalAddress()
              || address.isLinkLocalAddress();
      if (inside && !privateAddresses) {
        throw CliException.mistake(
            uri.getHost()
                + " is not on the internet; say --private-addresses to crawl it all the same");
      }
      requireAnswer(url, address, uri.getPort() >= 0 ? uri.getPort() : defaultPort(uri));
    } catch (UnknownHostException e) {
      throw CliException.failure(
          "the host " + uri.getHost() + " of " + url + " does not resolve", e);
    }
    return uri.getHost();
  }

  private static int defaultPort(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  /** A crawler is patient with a site that is away; whoever has just typed its address is not. */
  private static void requireAnswer(String url, InetAddress address, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), CONNECT_PATIENCE_MS);
    } catch (IOException e) {
      throw CliException.failure(url + " does not answer: " + e.getMessage(), e);
    }
  }
}

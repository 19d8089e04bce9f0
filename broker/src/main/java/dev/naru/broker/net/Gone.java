package dev.naru.broker.net;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * Tells a client that went away, which is its right and nobody's business, from what went wrong on
 * this side: a file that cannot be read ends a connection as well.
 */
final class Gone {
  /** Of the JDK whole, of Netty's epoll after "write(..) failed with error(-104): ". */
  private static final Set<String> SENTENCES =
      Set.of(
          "Broken pipe",
          "Connection reset",
          "Connection reset by peer",
          "Connection timed out",
          "No route to host");

  private Gone() {}

  /** Whether a write ended this way because the other side, or this one, hung up. */
  static boolean says(Throwable cause) {
    if (cause instanceof ClosedChannelException || cause instanceof SSLException) {
      return true;
    }
    String message = cause instanceof IOException ? cause.getMessage() : null;
    return message != null && SENTENCES.stream().anyMatch(message::endsWith);
  }
}

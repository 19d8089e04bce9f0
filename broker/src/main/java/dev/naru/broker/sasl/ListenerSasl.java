package dev.naru.broker.sasl;

import java.util.List;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;

/**
 * The SASL of one listener: whoever comes in there is served nothing before one of its mechanisms
 * has said who it is. Any thread.
 */
public interface ListenerSasl {
  /** By the names that SASL has for them, {@code SCRAM-SHA-256} for one. */
  List<String> mechanisms();

  /**
   * The server's end of one exchange. It computes on an event loop, so it must be quick.
   *
   * @param mechanism one of {@link #mechanisms}
   */
  SaslServer newServer(String mechanism) throws SaslException;

  /** The longest token that a client of these mechanisms has reason to send, in bytes. */
  int tokenBytesMax();

  /** What a refused client most likely has wrong, for the log: half a sentence. */
  String likelyMistake();
}

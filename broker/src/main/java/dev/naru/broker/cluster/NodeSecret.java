package dev.naru.broker.cluster;

import dev.naru.broker.sasl.ListenerSasl;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.ScramLoginModule;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramSaslServer;

/**
 * The secret that the nodes of a cluster share, as both ends of a node link use it: SCRAM-SHA-256
 * (RFC 5802, RFC 7677) with one user, whose password it is. It never travels, and each end learns
 * that the other one has it. Immutable; any thread.
 */
public final class NodeSecret implements ListenerSasl {
  static final String USER = "naru-node";
  static final String MECHANISM = ScramMechanism.SCRAM_SHA_256.mechanismName();

  /** Whoever listens on the wire can try passwords at leisure. */
  private static final int CHARACTERS_MIN = 16;

  private static final int ITERATIONS = 4096;

  /** Nonces, signatures and one short name; Kafka's parser recurses for each character of names. */
  private static final int TOKEN_BYTES_MAX = 1024;

  private final String secret;
  private final ScramCredential credential;

  /**
   * Computes for some milliseconds.
   *
   * @throws IllegalArgumentException one sentence: it is too short
   */
  public NodeSecret(String secret) {
    if (secret.length() < CHARACTERS_MIN) {
      throw new IllegalArgumentException(
          "the cluster's secret has "
              + secret.length()
              + " characters; it must have at least "
              + CHARACTERS_MIN
              + ", and none that could be guessed");
    }
    this.secret = secret;
    try {
      ScramFormatter formatter = new ScramFormatter(ScramMechanism.SCRAM_SHA_256);
      this.credential = formatter.generateCredential(secret, ITERATIONS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no " + MECHANISM, e);
    }
  }

  @Override
  public List<String> mechanisms() {
    return List.of(MECHANISM);
  }

  @Override
  public SaslServer newServer(String mechanism) throws SaslException {
    try {
      return new ScramSaslServer(ScramMechanism.SCRAM_SHA_256, Map.of(), this::answer);
    } catch (NoSuchAlgorithmException e) {
      throw new SaslException("this JVM has no " + mechanism, e);
    }
  }

  private void answer(Callback[] callbacks) throws UnsupportedCallbackException {
    String user = null;
    for (Callback callback : callbacks) {
      if (callback instanceof NameCallback name) {
        user = name.getDefaultName();
      } else if (callback instanceof ScramCredentialCallback asked) {
        asked.scramCredential(USER.equals(user) ? credential : null);
      } else {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  @Override
  public int tokenBytesMax() {
    return TOKEN_BYTES_MAX;
  }

  @Override
  public String likelyMistake() {
    return "its secret is not the one of this node's cluster; give every node the same secret file";
  }

  /** What {@code sasl.jaas.config} must be for a client that shows this secret. */
  Password jaas() {
    return new Password(
        "%s required username=\"%s\" password=\"%s\";"
            .formatted(ScramLoginModule.class.getName(), USER, quoted(secret)));
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\")
        .replace("\"", "\\\"")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }

  @Override
  public String toString() {
    return "the cluster's secret";
  }
}

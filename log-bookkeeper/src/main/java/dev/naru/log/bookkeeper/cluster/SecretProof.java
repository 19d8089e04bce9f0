package dev.naru.log.bookkeeper.cluster;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * How a client and a bookie show each other that they know the cluster's secret, without saying it:
 * each sends random bytes, and the other one's HMAC over both says who it is.
 *
 * <pre>
 * client: nonce          bookie: nonce, HMAC("bookie", both nonces)
 * client: HMAC("client", both nonces)          bookie: nothing, and lets in
 * </pre>
 */
final class SecretProof {
  /** By which BookKeeper knows this way. */
  static final String NAME = "naru-secret";

  /** The setting that names the secret. */
  static final String SECRET = "naruSecretName";

  static final int NONCE_BYTES = 32;
  private static final int PROOF_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] BOOKIE = "bookie".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLIENT = "client".getBytes(StandardCharsets.US_ASCII);

  private SecretProof() {}

  static byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  /** What a bookie says to a client's nonce. */
  static byte[] ofBookie(byte[] key, byte[] clients, byte[] bookies) {
    byte[] said = Arrays.copyOf(bookies, NONCE_BYTES + PROOF_BYTES);
    byte[] proof = ClusterSecret.mac(key, BOOKIE, clients, bookies);
    System.arraycopy(proof, 0, said, NONCE_BYTES, PROOF_BYTES);
    return said;
  }

  static byte[] ofClient(byte[] key, byte[] clients, byte[] bookies) {
    return ClusterSecret.mac(key, CLIENT, clients, bookies);
  }

  /** A client's proof for a bookie; null when it did not prove itself. */
  static byte[] answer(byte[] key, byte[] clients, byte[] bookieSaid) {
    if (bookieSaid.length != NONCE_BYTES + PROOF_BYTES) {
      return null;
    }
    byte[] bookies = Arrays.copyOf(bookieSaid, NONCE_BYTES);
    return MessageDigest.isEqual(ofBookie(key, clients, bookies), bookieSaid)
        ? ofClient(key, clients, bookies)
        : null;
  }
}

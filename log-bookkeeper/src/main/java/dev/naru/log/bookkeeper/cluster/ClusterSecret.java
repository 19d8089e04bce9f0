package dev.naru.log.bookkeeper.cluster;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What every node of the cluster knows, and nobody else. Each use has a key of its own, made from
 * it. ZooKeeper and BookKeeper are told a name only, by which their parts find it here: what they
 * are told they log.
 */
final class ClusterSecret {
  /** By which the nodes are known to ZooKeeper. */
  static final String USER = "naru";

  private static final String ALGORITHM = "HmacSHA256";
  private static final Map<String, ClusterSecret> KNOWN = new ConcurrentHashMap<>();
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** What a key is for. */
  enum Use {
    ZOOKEEPER,
    QUORUM,
    BOOKIE;

    /** The name under which a library looks for it. */
    String name(ClusterSecret secret) {
      return secret.name + "-" + name();
    }
  }

  private final String name;
  private final byte[] secret;

  private ClusterSecret(String name, byte[] secret) {
    this.name = name;
    this.secret = secret;
  }

  /** Takes a secret up; it stays known to this process. */
  static ClusterSecret of(byte[] secret) {
    ClusterSecret taken = new ClusterSecret("naru-" + COUNT.incrementAndGet(), secret.clone());
    for (Use use : Use.values()) {
      KNOWN.put(use.name(taken), taken);
    }
    SecretLogins.install();
    return taken;
  }

  /** The key that belongs to a name; null when it is none of a secret's. */
  static byte[] key(String useName) {
    ClusterSecret known = KNOWN.get(useName);
    if (known == null) {
      return null;
    }
    String use = useName.substring(known.name.length() + 1);
    return mac(known.secret, use.getBytes(StandardCharsets.US_ASCII));
  }

  /** The same as text, for who wants a password; null when the name is none of a secret's. */
  static String password(String useName) {
    byte[] key = key(useName);
    return key == null ? null : HexFormat.of().formatHex(key);
  }

  /** HMAC-SHA256 of what the parts say together. */
  static byte[] mac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no " + ALGORITHM, e);
    }
  }
}

package dev.naru.broker.tls;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.SecureRandom;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.common.config.ConfigException;

/**
 * Looks for the mistakes that are made with TLS before Kafka's classes meet them, so that each is
 * told in a sentence with the name of the option. Used once; blocks on files.
 */
final class TlsCheck {
  private final Map<String, Object> options;
  private final UnaryOperator<String> nameOf;
  private final List<String> warnings = new ArrayList<>();

  /**
   * @param nameOf the name under which an option was set, or would be
   */
  TlsCheck(Map<String, Object> options, UnaryOperator<String> nameOf) {
    this.options = options;
    this.nameOf = nameOf;
  }

  /**
   * @return what is worth a warning, each a sentence
   * @throws ConfigException one sentence
   */
  List<String> run() {
    algorithms();
    ciphers();
    KeyStore keys = new StoreCheck(options, nameOf, "ssl.keystore").keys();
    warnings.addAll(StoreCheck.dated(keys, nameOf.apply("ssl.keystore.location")));
    trust();
    return warnings;
  }

  private void trust() {
    boolean asks = !"none".equals(options.get("ssl.client.auth"));
    StoreCheck trust = new StoreCheck(options, nameOf, "ssl.truststore");
    if (trust.isGiven()) {
      trust.authorities();
    } else if (asks) {
      throw new ConfigException(
          nameOf.apply("ssl.client.auth")
              + "="
              + options.get("ssl.client.auth")
              + " needs "
              + nameOf.apply("ssl.truststore.location")
              + ": a store with the authorities that clients' certificates must come from");
    }
  }

  private void algorithms() {
    String provider = (String) options.get("ssl.provider");
    if (provider != null && Security.getProvider(provider) == null) {
      List<String> known =
          Arrays.stream(Security.getProviders()).map(java.security.Provider::getName).toList();
      throw wrong("ssl.provider", provider, "the JVM has no such provider, but " + known);
    }
    try {
      SSLContext context =
          provider == null
              ? SSLContext.getInstance((String) options.get("ssl.protocol"))
              : SSLContext.getInstance((String) options.get("ssl.protocol"), provider);
      context.getProtocol();
    } catch (NoSuchAlgorithmException | NoSuchProviderException e) {
      throw wrong("ssl.provider", provider, "it has no TLS: " + e.getMessage());
    }
    needs("ssl.keymanager.algorithm", KeyManagerFactory::getInstance);
    needs("ssl.trustmanager.algorithm", TrustManagerFactory::getInstance);
    if (options.get("ssl.secure.random.implementation") != null) {
      needs("ssl.secure.random.implementation", SecureRandom::getInstance);
    }
  }

  private interface Algorithm {
    Object of(String name) throws NoSuchAlgorithmException;
  }

  private void needs(String option, Algorithm algorithm) {
    String name = (String) options.get(option);
    try {
      algorithm.of(name);
    } catch (NoSuchAlgorithmException e) {
      throw wrong(option, name, "the JVM has no algorithm of that name");
    }
  }

  private void ciphers() {
    List<?> wanted = (List<?>) options.get("ssl.cipher.suites");
    if (wanted == null || wanted.isEmpty()) {
      return;
    }
    Set<String> known;
    try {
      known =
          new TreeSet<>(
              Arrays.asList(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites()));
    } catch (NoSuchAlgorithmException e) {
      throw new ConfigException("The JVM has no TLS: " + e.getMessage());
    }
    for (Object suite : wanted) {
      if (!known.contains(suite.toString())) {
        throw wrong(
            "ssl.cipher.suites",
            suite,
            "the JVM has no such cipher suite; it must be one such as TLS_AES_256_GCM_SHA384");
      }
    }
  }

  private ConfigException wrong(String option, Object value, String why) {
    return new ConfigException(nameOf.apply(option), value, why);
  }

  /** The innermost reason of a failure; Kafka's classes wrap it several times. */
  static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof org.apache.kafka.common.KafkaException
            || cause instanceof GeneralSecurityException)) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}

package dev.naru.broker.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/**
 * The options of TLS, with Kafka's names and meanings. Each can be set for one listener alone, as
 * {@code listener.name.NAME.OPTION}, which then wins there.
 */
final class SslOptions {
  static final String CLIENT_AUTH = "ssl.client.auth";

  private static final String PREFIX = "listener.name.";
  private static final String[] STORES = {"JKS", "PKCS12", "PEM"};
  private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};
  private static final Set<String> NAMES = new HashSet<>();

  /** What may change while the node runs, as in Kafka: for one listener of one node. */
  private static final Set<String> RELOADABLE =
      Set.of(
          "ssl.keystore.type",
          "ssl.keystore.location",
          "ssl.keystore.password",
          "ssl.key.password",
          "ssl.keystore.certificate.chain",
          "ssl.keystore.key",
          "ssl.truststore.type",
          "ssl.truststore.location",
          "ssl.truststore.password",
          "ssl.truststore.certificates");

  private SslOptions() {}

  static void define(ConfigDef into) {
    keys(into);
    trust(into);
    handshake(into);
    algorithms(into);
  }

  private static void keys(ConfigDef into) {
    valid(
        into,
        "ssl.keystore.type",
        "JKS",
        ValidString.in(STORES),
        "Format of the store with the node's key and certificate: JKS, PKCS12 or PEM.");
    text(into, "ssl.keystore.location", null, "File with the node's key and certificate.");
    secret(into, "ssl.keystore.password", "Password of the key store; a PEM file has none.");
    secret(into, "ssl.key.password", "Password of the key, when it differs from the store's.");
    secret(into, "ssl.keystore.key", "The key itself, as PEM (PKCS#8), instead of a file.");
    secret(
        into,
        "ssl.keystore.certificate.chain",
        "The certificates that go with ssl.keystore.key, as PEM, the node's own first.");
  }

  private static void trust(ConfigDef into) {
    valid(
        into,
        "ssl.truststore.type",
        "JKS",
        ValidString.in(STORES),
        "Format of the store with the authorities that clients' certificates must come from.");
    text(
        into,
        "ssl.truststore.location",
        null,
        "File with the authorities that clients' certificates must come from.");
    secret(into, "ssl.truststore.password", "Password of the trust store; a PEM file has none.");
    secret(into, "ssl.truststore.certificates", "The authorities themselves, as PEM.");
  }

  private static void handshake(ConfigDef into) {
    valid(
        into,
        CLIENT_AUTH,
        "none",
        ValidString.in("none", "requested", "required"),
        "Whether clients show a certificate: none, requested (they may), required (they must).");
    add(
        into,
        "ssl.enabled.protocols",
        ConfigDef.Type.LIST,
        List.of(VERSIONS),
        ValidList.in(VERSIONS),
        "Versions of TLS that are spoken; older ones than 1.2 are not.");
    valid(
        into,
        "ssl.protocol",
        "TLSv1.3",
        ValidString.in("TLS", "TLSv1.2", "TLSv1.3"),
        "Version that the TLS context is made for; ssl.enabled.protocols says what is spoken.");
    add(
        into,
        "ssl.cipher.suites",
        ConfigDef.Type.LIST,
        List.of(),
        null,
        "Cipher suites that are allowed; empty for those that the JVM allows.");
    text(
        into,
        "ssl.principal.mapping.rules",
        "DEFAULT",
        "Rules that make a user's name of the subject of a client's certificate.");
    add(
        into,
        "ssl.allow.dn.changes",
        ConfigDef.Type.BOOLEAN,
        false,
        null,
        "Lets a key store be replaced by one with another subject while the node runs.");
    add(
        into,
        "ssl.allow.san.changes",
        ConfigDef.Type.BOOLEAN,
        false,
        null,
        "Lets a key store be replaced by one for other host names while the node runs.");
  }

  private static void algorithms(ConfigDef into) {
    text(into, "ssl.provider", null, "Security provider of TLS; the JVM's own when not set.");
    text(
        into,
        "ssl.keymanager.algorithm",
        javax.net.ssl.KeyManagerFactory.getDefaultAlgorithm(),
        "Algorithm of the key manager.");
    text(
        into,
        "ssl.trustmanager.algorithm",
        javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm(),
        "Algorithm of the trust manager.");
    text(
        into,
        "ssl.secure.random.implementation",
        null,
        "Generator of random numbers; the JVM's own when not set.");
  }

  static Set<String> names() {
    return Set.copyOf(NAMES);
  }

  /** The option in {@code listener.name.NAME.OPTION}; null when it is none of these. */
  static String overridden(String name) {
    int dot = name.startsWith(PREFIX) ? name.indexOf('.', PREFIX.length()) : -1;
    String option = dot < 0 ? null : name.substring(dot + 1);
    return option != null && NAMES.contains(option) ? option : null;
  }

  /** The listener in {@code listener.name.NAME.OPTION}, as it is written there. */
  static String listenerOf(String override) {
    return override.substring(PREFIX.length(), override.indexOf('.', PREFIX.length()));
  }

  static boolean isReloadable(String option) {
    return RELOADABLE.contains(option);
  }

  /** The definition of an option under another name. */
  static ConfigDef.ConfigKey renamed(ConfigDef.ConfigKey key, String name) {
    ConfigDef one = new ConfigDef();
    one.define(name, key.type, key.defaultValue, key.validator, key.importance, key.documentation);
    return one.configKeys().get(name);
  }

  private static void text(ConfigDef into, String name, String value, String sentence) {
    add(into, name, ConfigDef.Type.STRING, value, null, sentence);
  }

  private static void valid(
      ConfigDef into, String name, String value, ConfigDef.Validator validator, String sentence) {
    add(into, name, ConfigDef.Type.STRING, value, validator, sentence);
  }

  private static void secret(ConfigDef into, String name, String sentence) {
    add(into, name, ConfigDef.Type.PASSWORD, null, null, sentence);
  }

  private static void add(
      ConfigDef into,
      String name,
      ConfigDef.Type type,
      Object value,
      ConfigDef.Validator validator,
      String sentence) {
    into.define(name, type, value, validator, Importance.MEDIUM, sentence);
    NAMES.add(name);
  }
}

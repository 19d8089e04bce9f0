package dev.naru.broker.tls;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.naru.broker.config.BrokerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of each mistake that is made with TLS; and what becomes of the options. */
class ListenerTlsTest {
  private static final String PASSWORD = "secret-of-tests";

  @TempDir static Path files;

  private static Path keys;
  private static Path noKey;

  @BeforeAll
  static void makeStores() throws Exception {
    keys = files.resolve("keys.p12");
    noKey = files.resolve("no-key.p12");
    Path certificate = files.resolve("certificate.pem");
    keytool(keys, "-genkeypair", "-alias", "n", "-keyalg", "EC", "-dname", "CN=n");
    keytool(keys, "-exportcert", "-rfc", "-alias", "n", "-file", certificate.toString());
    keytool(noKey, "-importcert", "-noprompt", "-alias", "n", "-file", certificate.toString());
  }

  private static void keytool(Path store, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }

  /** Options of a listener that works; names and values in pairs, null to leave one out. */
  private static Map<String, String> options(String... changes) {
    Map<String, String> options = new HashMap<>();
    options.put("listeners", "SSL://127.0.0.1:0");
    options.put("ssl.keystore.type", "PKCS12");
    options.put("ssl.keystore.location", keys.toString());
    options.put("ssl.keystore.password", PASSWORD);
    for (int i = 0; i < changes.length; i += 2) {
      if (changes[i + 1] == null) {
        options.remove(changes[i]);
      } else {
        options.put(changes[i], changes[i + 1]);
      }
    }
    return options;
  }

  private static ListenerTls tls(Map<String, String> options) {
    BrokerConfig config = BrokerConfig.of(options);
    return ListenerTls.of(config, config.listeners().get(0));
  }

  private static void assertRefused(String sentence, String... changes) {
    ConfigException e = assertThrows(ConfigException.class, () -> tls(options(changes)));
    assertTrue(e.getMessage().contains(sentence), e.getMessage());
    assertTrue(e.getMessage().contains("ssl."), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    assertFalse(e.getMessage().contains(PASSWORD), e.getMessage());
  }

  @Test
  void theOptionsReachTheEngine() {
    try (ListenerTls tls =
        tls(
            options(
                "ssl.enabled.protocols", "TLSv1.3",
                "ssl.cipher.suites", "TLS_AES_256_GCM_SHA384",
                "listener.name.ssl.ssl.client.auth", "required",
                "ssl.truststore.type", "PKCS12",
                "ssl.truststore.location", noKey.toString(),
                "ssl.truststore.password", PASSWORD))) {
      SSLEngine engine = tls.newEngine("127.0.0.1", 1);
      assertFalse(engine.getUseClientMode());
      assertTrue(engine.getNeedClientAuth());
      assertEquals(Set.of("TLSv1.3"), Set.of(engine.getEnabledProtocols()));
      assertEquals(Set.of("TLS_AES_256_GCM_SHA384"), Set.of(engine.getEnabledCipherSuites()));
    }
  }

  @Test
  void everyMistakeWithAKeyStoreIsASentence() throws IOException {
    assertRefused("ssl.keystore.location is missing", "ssl.keystore.location", null);
    assertRefused("there is no such file", "ssl.keystore.location", "/no/such/file");
    assertRefused("ssl.keystore.password is missing", "ssl.keystore.password", null);
    assertRefused("ssl.keystore.password is wrong", "ssl.keystore.password", "another");
    assertRefused("no private key in it", "ssl.keystore.location", noKey.toString());
    Path nonsense = Files.writeString(files.resolve("nonsense"), "nonsense");
    assertRefused("as a store of type PKCS12", "ssl.keystore.location", nonsense.toString());
    assertRefused("must be PEM", "ssl.keystore.key", "x", "ssl.keystore.certificate.chain", "y");
    assertRefused("JKS, PKCS12, PEM", "ssl.keystore.type", "ODD");
    assertRefused(
        "listener.name.ssl.ssl.keystore.location", "listener.name.ssl.ssl.keystore.location", "/x");
  }

  @Test
  void everyMistakeWithPemIsASentence() throws IOException {
    String certificate = Files.readString(files.resolve("certificate.pem"));
    assertPemRefused("no private key in PEM form", certificate);
    String key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assertPemRefused("no certificate in PEM form", key);
    assertPemRefused("does not open the key", key + certificate);
    assertPemRefused("PKCS#8", key.replace("PRIVATE", "RSA PRIVATE") + certificate);
    assertPemRefused(
        "ssl.key.password is missing", key.replace("PRIVATE", "ENCRYPTED PRIVATE") + certificate);
    assertRefused("cannot be set for a store of type PEM", "ssl.keystore.type", "PEM");
    assertRefused(
        "given together",
        "ssl.keystore.type",
        "PEM",
        "ssl.keystore.location",
        null,
        "ssl.keystore.key",
        key);
  }

  private static void assertPemRefused(String sentence, String text) throws IOException {
    Path file = Files.writeString(files.resolve("node.pem"), text);
    assertRefused(
        sentence,
        "ssl.keystore.type",
        "PEM",
        "ssl.keystore.location",
        file.toString(),
        "ssl.keystore.password",
        null);
  }

  @Test
  void everyMistakeWithTrustIsASentence() {
    assertRefused("needs ssl.truststore.location", "ssl.client.auth", "required");
    assertRefused("none, requested, required", "ssl.client.auth", "maybe");
    assertRefused(
        "there is no such file", "ssl.client.auth", "required", "ssl.truststore.location", "/x");
    assertRefused(
        "ssl.truststore.password is wrong",
        "ssl.truststore.type",
        "PKCS12",
        "ssl.truststore.location",
        noKey.toString(),
        "ssl.truststore.password",
        "another");
  }

  @Test
  void whatTheJvmDoesNotHaveIsNamed() {
    assertRefused("TLSv1.2, TLSv1.3", "ssl.enabled.protocols", "TLSv1.1");
    assertRefused("no such cipher suite", "ssl.cipher.suites", "TLS_NULL_WITH_NULL_NULL_X");
    assertRefused("no such provider", "ssl.provider", "Acme");
    assertRefused("no algorithm", "ssl.keymanager.algorithm", "Acme");
    assertRefused("no algorithm", "ssl.trustmanager.algorithm", "Acme");
    assertRefused("no algorithm", "ssl.secure.random.implementation", "Acme");
  }

  @Test
  void onlyThisPackageSeesKafkasTls() {
    ArchConfiguration.withThreadLocalScope(
        configuration -> {
          configuration.setResolveMissingDependenciesFromClassPath(false);
          noClasses()
              .that()
              .resideOutsideOfPackage("dev.naru.broker.tls")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage("org.apache.kafka.common.security.ssl..")
              .check(
                  new ClassFileImporter()
                      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                      .importPackages("dev.naru.broker"));
        });
  }
}

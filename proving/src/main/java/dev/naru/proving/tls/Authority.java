package dev.naru.proving.tls;

import dev.naru.proving.node.Places;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate authority made for one run, with the JDK's keytool: signs certificates for {@code
 * localhost} and 127.0.0.1, and writes them in the forms that Kafka reads. One thread.
 */
public final class Authority {
  public static final String PASSWORD = "a-password-of-tests";

  private static final String ALIAS = "ca";
  private static final int LINE = 64;

  private final Path directory;
  private final String name;
  private final Path store;

  private Authority(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    this.store = directory.resolve(name + ".p12");
  }

  /** The authority that {@link #create} made in this directory, or a new one. */
  public static Authority in(Path directory, String name) {
    Authority known = new Authority(directory, name);
    return Files.exists(known.truststore()) ? known : create(directory, name);
  }

  /**
   * A new authority.
   *
   * @param directory for its files; made when it does not exist
   */
  public static Authority create(Path directory, String name) {
    Authority authority = new Authority(directory, name);
    try {
      Files.createDirectories(directory);
      authority.keytool(
          authority.store,
          pair(ALIAS, "CN=" + name, "-ext", "bc:c", "-ext", "ku:c=keyCertSign,cRLSign"));
      authority.trust();
      return authority;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> pair(String alias, String subject, String... more) {
    List<String> arguments = new ArrayList<>(List.of("-genkeypair", "-alias", alias));
    arguments.addAll(List.of("-keyalg", "RSA", "-keysize", "2048", "-validity", "30"));
    arguments.addAll(List.of("-dname", subject));
    arguments.addAll(List.of(more));
    return arguments;
  }

  /** The store and the PEM file with the authority's own certificate. */
  private void trust() throws IOException {
    Path certificate = directory.resolve(name + ".crt");
    keytool(store, List.of("-exportcert", "-alias", ALIAS, "-rfc", "-file", certificate + ""));
    keytool(
        truststore(),
        List.of("-importcert", "-noprompt", "-alias", ALIAS, "-file", certificate + ""));
  }

  /** PKCS12, with {@link #PASSWORD}. */
  public Path truststore() {
    return directory.resolve(name + "-trust.p12");
  }

  /** PEM. */
  public Path certificate() {
    return directory.resolve(name + ".crt");
  }

  /**
   * Makes a key and signs its certificate.
   *
   * @param san the names and addresses that it is for, as keytool wants them
   * @return the PKCS12 store, with {@link #PASSWORD}
   */
  public Path issue(String holder, String san) {
    Path keys = keys(holder);
    Path request = directory.resolve(holder + ".csr");
    Path signed = directory.resolve(holder + ".crt");
    try {
      keytool(keys, pair(holder, "CN=" + holder));
      keytool(keys, List.of("-certreq", "-alias", holder, "-file", request + ""));
      List<String> sign = new ArrayList<>(List.of("-gencert", "-alias", ALIAS, "-rfc"));
      sign.addAll(List.of("-infile", request + "", "-outfile", signed + "", "-validity", "30"));
      sign.addAll(List.of("-ext", "san=" + san));
      keytool(store, sign);
      keytool(keys, importing(ALIAS, certificate()));
      keytool(keys, importing(holder, signed));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return keys;
  }

  /** Where the store of a holder is, if there is one. */
  public Path keys(String holder) {
    return directory.resolve(holder + ".p12");
  }

  /** As above, for this machine. */
  public Path issue(String holder) {
    return issue(holder, "dns:localhost,ip:127.0.0.1");
  }

  private static List<String> importing(String alias, Path file) {
    return List.of("-importcert", "-noprompt", "-alias", alias, "-file", file.toString());
  }

  /** The key and the certificates of a store as one PEM file. */
  public static Path pem(Path keys, String holder) {
    try (InputStream in = Files.newInputStream(keys)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      StringBuilder text = new StringBuilder();
      block(text, "PRIVATE KEY", store.getKey(holder, PASSWORD.toCharArray()).getEncoded());
      for (Certificate certificate : store.getCertificateChain(holder)) {
        block(text, "CERTIFICATE", certificate.getEncoded());
      }
      return Files.writeString(keys.resolveSibling(holder + ".pem"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a store that was just made", e);
    }
  }

  private static void block(StringBuilder into, String what, byte[] bytes) {
    into.append("-----BEGIN ").append(what).append("-----\n");
    Base64.Encoder lines = Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII));
    into.append(lines.encodeToString(bytes)).append("\n-----END ").append(what).append("-----\n");
  }

  /** What a client needs to trust a node whose certificate is from here. */
  public Map<String, String> trusting() {
    return new TreeMap<>(
        Map.of(
            "security.protocol",
            "SSL",
            "ssl.truststore.type",
            "PKCS12",
            "ssl.truststore.location",
            truststore().toString(),
            "ssl.truststore.password",
            PASSWORD));
  }

  /** For clients without Kafka's classes: trusts certificates from here. */
  public SSLContext context() {
    try (InputStream in = Files.newInputStream(truststore())) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(in, PASSWORD.toCharArray());
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a store that was just made", e);
    }
  }

  /** What a node or a client needs to show a certificate. */
  public static Map<String, String> showing(Path keys) {
    return Map.of(
        "ssl.keystore.type",
        "PKCS12",
        "ssl.keystore.location",
        keys.toString(),
        "ssl.keystore.password",
        PASSWORD);
  }

  private void keytool(Path in, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(Places.java()).resolveSibling("keytool").toString());
    command.addAll(arguments);
    command.addAll(List.of("-keystore", in + "", "-storetype", "PKCS12", "-storepass", PASSWORD));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(arguments.get(0) + " of keytool failed: " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}

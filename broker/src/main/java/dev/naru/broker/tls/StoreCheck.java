package dev.naru.broker.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.UnrecoverableKeyException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** The mistakes that are made with one store, of keys or of authorities. Blocks on files. */
final class StoreCheck {
  private static final String PEM = "PEM";
  private static final Pattern CERTIFICATE = Pattern.compile("-BEGIN ([A-Z0-9]+ )?CERTIFICATE-");
  private static final Pattern KEY = Pattern.compile("-BEGIN (ENCRYPTED )?PRIVATE KEY-");
  private static final Pattern OLD_KEY = Pattern.compile("-BEGIN (RSA|EC|DSA) PRIVATE KEY-");
  private static final Pattern LOCKED_KEY = Pattern.compile("-BEGIN ENCRYPTED PRIVATE KEY-");

  private final Map<String, Object> options;
  private final UnaryOperator<String> nameOf;
  private final String store;
  private final String type;
  private final String location;
  private final Password password;

  /**
   * @param store {@code ssl.keystore} or {@code ssl.truststore}
   */
  StoreCheck(Map<String, Object> options, UnaryOperator<String> nameOf, String store) {
    this.options = options;
    this.nameOf = nameOf;
    this.store = store;
    this.type = (String) options.get(store + ".type");
    this.location = (String) options.get(store + ".location");
    this.password = (Password) options.get(store + ".password");
  }

  private String inline(String option) {
    Password value = (Password) options.get(option);
    return value == null ? null : value.value();
  }

  /** Whether there is a store at all. */
  boolean isGiven() {
    String inside =
        store.equals("ssl.keystore") ? "ssl.keystore.key" : "ssl.truststore.certificates";
    return location != null || inline(inside) != null;
  }

  /** Checks that there is a key with its certificate, and that both can be read. */
  KeyStore keys() {
    String key = inline("ssl.keystore.key");
    String chain = inline("ssl.keystore.certificate.chain");
    if (key == null && chain == null && location == null) {
      throw new ConfigException(
          name("location")
              + " is missing: a TLS listener needs a key and a certificate; name a store that has"
              + " them");
    }
    if (key != null || chain != null) {
      checkInline("ssl.keystore.key", "ssl.keystore.key or ssl.keystore.certificate.chain");
      if (key == null || chain == null) {
        throw new ConfigException(
            nameOf.apply(key == null ? "ssl.keystore.key" : "ssl.keystore.certificate.chain")
                + " is missing: a key and its certificates are given together");
      }
      return pemKeys(key, "ssl.keystore.key", chain, "ssl.keystore.certificate.chain");
    }
    if (type.equals(PEM)) {
      String text = text();
      return pemKeys(text, store + ".location", text, store + ".location");
    }
    if (password == null) {
      throw new ConfigException(
          name("password") + " is missing: the store " + location + " has a password");
    }
    KeyStore keys = load();
    checkKey(keys);
    return keys;
  }

  /** Checks that there is a certificate, and that it can be read. */
  void authorities() {
    String certificates = inline("ssl.truststore.certificates");
    if (certificates != null) {
      checkInline("ssl.truststore.certificates", "ssl.truststore.certificates");
      require(CERTIFICATE, certificates, "ssl.truststore.certificates", "no certificate");
    } else if (type.equals(PEM)) {
      require(CERTIFICATE, text(), store + ".location", "no certificate");
    } else if (aliases(load()).isEmpty()) {
      throw new ConfigException(
          name("location"),
          location,
          "there is no certificate in it that could be trusted"
              + (password == null ? "; without " + name("password") + " none is read" : ""));
    }
  }

  private void checkInline(String option, String what) {
    if (!type.equals(PEM)) {
      throw new ConfigException(
          name("type"), type, "it must be PEM for " + nameOf.apply(option) + " to be read");
    }
    if (location != null) {
      throw new ConfigException(
          name("location"), location, "it cannot be set together with " + what);
    }
  }

  private KeyStore pemKeys(String key, String keyOption, String chain, String chainOption) {
    if (OLD_KEY.matcher(key).find()) {
      throw new ConfigException(
          nameOf.apply(keyOption)
              + ": the key is in an older form than PKCS#8; convert it with openssl pkcs8 -topk8");
    }
    require(KEY, key, keyOption, "no private key");
    require(CERTIFICATE, chain, chainOption, "no certificate");
    if (LOCKED_KEY.matcher(key).find() && options.get("ssl.key.password") == null) {
      throw new ConfigException(
          nameOf.apply("ssl.key.password") + " is missing: the key in PEM has a password");
    }
    try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
      Map<String, Object> keysOnly = new HashMap<>(options);
      keysOnly.keySet().removeIf(option -> option.startsWith("ssl.truststore"));
      keysOnly.put("ssl.client.auth", "none");
      factory.configure(keysOnly);
      return factory.keystore();
    } catch (KafkaException e) {
      String option = LOCKED_KEY.matcher(key).find() ? "ssl.key.password" : keyOption;
      throw new ConfigException(
          nameOf.apply(option) + " does not open the key in PEM: " + TlsCheck.reason(e));
    }
  }

  private void require(Pattern what, String text, String option, String otherwise) {
    if (!what.matcher(text).find()) {
      String where = option.endsWith(".location") ? " in " + location : "";
      throw new ConfigException(
          nameOf.apply(option) + ": there is " + otherwise + " in PEM form" + where);
    }
  }

  private String text() {
    if (password != null) {
      throw new ConfigException(
          name("password")
              + " cannot be set for a store of type PEM; a key's own password is ssl.key.password");
    }
    try {
      return new String(Files.readAllBytes(Path.of(location)), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private KeyStore load() {
    try (InputStream in = Files.newInputStream(Path.of(location))) {
      KeyStore loaded = KeyStore.getInstance(type);
      loaded.load(in, password == null ? null : password.value().toCharArray());
      return loaded;
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        throw new ConfigException(
            name("password") + " is wrong: it does not open the store " + location);
      }
      throw unreadable(e);
    } catch (GeneralSecurityException e) {
      throw unreadable(new IOException("it is no store of type " + type, e));
    }
  }

  private ConfigException unreadable(IOException e) {
    String why =
        e instanceof NoSuchFileException
            ? "there is no such file"
            : "it cannot be read as a store of type " + type + ": " + e.getMessage();
    return new ConfigException(name("location"), location, why);
  }

  private void checkKey(KeyStore keys) {
    Password own = (Password) options.get("ssl.key.password");
    char[] opens = (own == null ? password : own).value().toCharArray();
    try {
      for (String alias : aliases(keys)) {
        if (keys.isKeyEntry(alias)) {
          keys.getKey(alias, opens);
          return;
        }
      }
    } catch (UnrecoverableKeyException e) {
      throw new ConfigException(
          nameOf.apply("ssl.key.password")
              + (own == null
                  ? " is missing: the key in "
                  : " is wrong: it does not open the key in ")
              + location
              + (own == null ? " has a password of its own" : ""));
    } catch (GeneralSecurityException e) {
      throw unreadable(new IOException(e.getMessage(), e));
    }
    throw new ConfigException(name("location"), location, "there is no private key in it");
  }

  private static List<String> aliases(KeyStore loaded) {
    try {
      return Collections.list(loaded.aliases());
    } catch (KeyStoreException e) {
      throw new IllegalStateException("a store that was just loaded", e);
    }
  }

  /** Certificates that are not valid today, each a sentence. */
  static List<String> dated(KeyStore keys, String option) {
    List<String> warnings = new ArrayList<>();
    try {
      for (String alias : aliases(keys)) {
        if (keys.getCertificate(alias) instanceof X509Certificate certificate) {
          try {
            certificate.checkValidity();
          } catch (CertificateExpiredException e) {
            warnings.add(
                option + ": the certificate expired on " + certificate.getNotAfter().toInstant());
          } catch (CertificateNotYetValidException e) {
            warnings.add(
                option
                    + ": the certificate is valid from "
                    + certificate.getNotBefore().toInstant()
                    + " on only");
          }
        }
      }
    } catch (KeyStoreException e) {
      throw new IllegalStateException("a store that was just loaded", e);
    }
    return warnings;
  }

  private String name(String part) {
    return nameOf.apply(store + "." + part);
  }
}

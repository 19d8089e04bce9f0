package dev.naru.connect.http;

import dev.naru.connect.common.NaruConfig;
import dev.naru.connect.common.RetryOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The options that the HTTP source and the HTTP sink have in common, each declared once. */
abstract class HttpConfig extends NaruConfig {
  static final String URL = "http.url";
  private static final String HEADERS = "http.headers";
  private static final String AUTH = "http.auth";
  private static final String AUTH_USER = "http.auth.user";
  private static final String AUTH_SECRET = "http.auth.secret";
  private static final String CONNECT_TIMEOUT_MS = "http.connect.timeout.ms";
  private static final String TIMEOUT_MS = "http.timeout.ms";
  private static final String BYTES_MAX = "http.response.bytes.max";

  /** Headers that the JDK's client sets itself and refuses to be given. */
  private static final Set<String> RESERVED =
      Set.of("connection", "content-length", "expect", "host", "upgrade");

  private final Map<String, String> headers;

  HttpConfig(ConfigDef definition, Map<String, String> properties, String nameless) {
    super(definition, properties, nameless);
    this.headers = parsedHeaders();
    String auth = getString(AUTH);
    if (!auth.equals("none") && getPassword(AUTH_SECRET) == null) {
      throw new ConfigException(AUTH + "=" + auth + " needs " + AUTH_SECRET + ".");
    }
    if (auth.equals("basic") && getString(AUTH_USER).isEmpty()) {
      throw new ConfigException(AUTH + "=basic needs " + AUTH_USER + ".");
    }
  }

  /** What every call needs. {@code what} says what is at the URL. */
  static ConfigDef calls(ConfigDef def, String what) {
    return def.define(
            URL,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            HttpConfig::checkUrl,
            Importance.HIGH,
            what)
        .define(
            HEADERS,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.MEDIUM,
            "Headers of every request, one a line (\\n in JSON), such as X-Api-Key: 123. Kept secret, for many are.")
        .define(
            AUTH,
            ConfigDef.Type.STRING,
            "none",
            ValidString.in("none", "basic", "bearer"),
            Importance.MEDIUM,
            "How to say who asks: by user and password, by a token, or not at all.")
        .define(AUTH_USER, ConfigDef.Type.STRING, "", Importance.MEDIUM, "The user, for basic.")
        .define(
            AUTH_SECRET,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.MEDIUM,
            "The password, for basic, or the token, for bearer.");
  }

  static ConfigDef limits(ConfigDef def) {
    return RetryOptions.define(
        def.define(
                CONNECT_TIMEOUT_MS,
                ConfigDef.Type.INT,
                10_000,
                Range.atLeast(1),
                Importance.LOW,
                "How many milliseconds a connection may take to open.")
            .define(
                TIMEOUT_MS,
                ConfigDef.Type.INT,
                30_000,
                Range.atLeast(1),
                Importance.LOW,
                "How many milliseconds a request may take, its answer included.")
            .define(
                BYTES_MAX,
                ConfigDef.Type.INT,
                16 * 1024 * 1024,
                Range.between(1_024, 256 * 1024 * 1024),
                Importance.LOW,
                "How many bytes an answer may have."),
        "a server that is down or asks to come later");
  }

  private static void checkUrl(String option, Object value) {
    String text = String.valueOf(value).replaceAll("\\$\\{[a-z]+}", "x");
    try {
      URI uri = new URI(text);
      boolean web = "http".equalsIgnoreCase(uri.getScheme()) || isTls(uri);
      if (!web || uri.getHost() == null) {
        throw new ConfigException(
            option, "", "Not an http or https URL; one looks like https://example.org/items.");
      }
      if (uri.getUserInfo() != null) {
        throw new ConfigException(
            option, "", "The URL must not contain a user or a password; use http.auth.");
      }
    } catch (URISyntaxException e) {
      throw new ConfigException(option, "", "Not a URL: " + e.getReason() + ".");
    }
  }

  private static boolean isTls(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme());
  }

  private Map<String, String> parsedHeaders() {
    Map<String, String> parsed = new LinkedHashMap<>();
    Password lines = getPassword(HEADERS);
    if (lines != null) {
      lines.value().lines().filter(line -> !line.isBlank()).forEach(line -> add(parsed, line));
    }
    return parsed;
  }

  private static void add(Map<String, String> headers, String line) {
    int colon = line.indexOf(':');
    String header = colon < 0 ? "" : line.substring(0, colon).trim();
    if (!header.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
      throw new ConfigException(
          "A line of " + HEADERS + " is no header; one looks like X-Api-Key: 123.");
    }
    if (RESERVED.contains(header.toLowerCase(java.util.Locale.ROOT))) {
      throw new ConfigException("The header " + header + " cannot be set by " + HEADERS + ".");
    }
    headers.put(header, line.substring(colon + 1).trim());
  }

  String url() {
    return getString(URL);
  }

  /** The headers of every request, with secrets. */
  Map<String, String> headers() {
    Map<String, String> all = new LinkedHashMap<>(headers);
    switch (getString(AUTH)) {
      case "bearer" -> all.put("Authorization", "Bearer " + getPassword(AUTH_SECRET).value());
      case "basic" -> {
        String pair = getString(AUTH_USER) + ":" + getPassword(AUTH_SECRET).value();
        byte[] bytes = pair.getBytes(StandardCharsets.UTF_8);
        all.put("Authorization", "Basic " + Base64.getEncoder().encodeToString(bytes));
      }
      default -> {
        // Nobody asks who we are.
      }
    }
    return all;
  }

  int connectTimeoutMs() {
    return getInt(CONNECT_TIMEOUT_MS);
  }

  int timeoutMs() {
    return getInt(TIMEOUT_MS);
  }

  int bytesMax() {
    return getInt(BYTES_MAX);
  }
}

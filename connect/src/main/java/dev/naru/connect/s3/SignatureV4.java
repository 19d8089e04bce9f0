package dev.naru.connect.s3;

import dev.naru.connect.common.Fingerprint;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * AWS Signature Version 4 for requests without a query, as the S3 API reference describes it
 * ("Authenticating Requests: Using the Authorization Header"). Stateless.
 */
final class SignatureV4 {
  /**
   * Keys.
   *
   * @param token the session's token, or null
   */
  record Credentials(String accessKey, String secretKey, String token) {
    /** Nothing of it is for logs. */
    @Override
    public String toString() {
      return "credentials of " + accessKey;
    }
  }

  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DATE_LENGTH = 8;
  private static final String UNRESERVED = "-._~";

  private final Credentials credentials;
  private final String region;

  SignatureV4(Credentials credentials, String region) {
    this.credentials = credentials;
    this.region = region;
  }

  /**
   * All headers that a request needs to have in addition to Host, the given ones included.
   *
   * @param headers further headers that are to be signed
   */
  Map<String, String> headers(
      String method, URI uri, Map<String, String> headers, byte[] body, Instant now) {
    String time = TIME.format(now);
    String bodyHash = HexFormat.of().formatHex(Fingerprint.sha256().digest(body));
    TreeMap<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(headers);
    all.put("x-amz-date", time);
    all.put("x-amz-content-sha256", bodyHash);
    if (credentials.token() != null) {
      all.put("x-amz-security-token", credentials.token());
    }
    TreeMap<String, String> signed = new TreeMap<>();
    all.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value.trim()));
    signed.put("host", host(uri));
    String names = String.join(";", signed.keySet());
    String canonical =
        method
            + "\n"
            + uri.getRawPath()
            + "\n\n"
            + signed.entrySet().stream()
                .map(header -> header.getKey() + ":" + header.getValue() + "\n")
                .collect(Collectors.joining())
            + "\n"
            + names
            + "\n"
            + bodyHash;
    String date = time.substring(0, DATE_LENGTH);
    String scope = date + "/" + region + "/s3/aws4_request";
    String toSign = ALGORITHM + "\n" + time + "\n" + scope + "\n" + hash(canonical);
    String signature = HexFormat.of().formatHex(hmac(key(date), toSign));
    all.put(
        "Authorization",
        ALGORITHM
            + " Credential="
            + credentials.accessKey()
            + "/"
            + scope
            + ",SignedHeaders="
            + names
            + ",Signature="
            + signature);
    return all;
  }

  /** What the JDK's client sends as Host. */
  private static String host(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  private byte[] key(String date) {
    byte[] start = ("AWS4" + credentials.secretKey()).getBytes(StandardCharsets.UTF_8);
    return hmac(hmac(hmac(hmac(start, date), region), "s3"), "aws4_request");
  }

  private static String hash(String text) {
    return HexFormat.of()
        .formatHex(Fingerprint.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  /** A path with everything encoded that S3 wants to be (RFC 3986), slashes kept. */
  static String encodedPath(String path) {
    StringBuilder out = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      boolean plain =
          (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '/'
              || UNRESERVED.indexOf(c) >= 0;
      if (plain) {
        out.append(c);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return out.toString();
  }
}

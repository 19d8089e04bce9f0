package dev.naru.connect.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The examples of Amazon's S3 API reference, "Authorization Header" of Signature Version 4. */
class SignatureV4Test {
  private static final Instant NOW = Instant.parse("2013-05-24T00:00:00Z");
  private final SignatureV4 signature =
      new SignatureV4(
          new SignatureV4.Credentials(
              "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null),
          "us-east-1");

  private static String signatureOf(Map<String, String> headers) {
    String authorization = headers.get("Authorization");
    return authorization.substring(authorization.indexOf("Signature=") + "Signature=".length());
  }

  @Test
  void anObjectIsGot() {
    Map<String, String> headers =
        signature.headers(
            "GET",
            URI.create("https://examplebucket.s3.amazonaws.com/test.txt"),
            Map.of("Range", "bytes=0-9"),
            new byte[0],
            NOW);
    assertEquals(
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", signatureOf(headers));
  }

  @Test
  void anObjectIsPut() {
    Map<String, String> headers =
        signature.headers(
            "PUT",
            URI.create(
                "https://examplebucket.s3.amazonaws.com"
                    + SignatureV4.encodedPath("/test$file.text")),
            Map.of(
                "Date",
                "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class",
                "REDUCED_REDUNDANCY"),
            "Welcome to Amazon S3.".getBytes(StandardCharsets.UTF_8),
            NOW);
    assertEquals(
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", signatureOf(headers));
  }

  @Test
  void pathsAreEncodedAsS3WantsThem() {
    assertEquals("/a/b%3D1/%2Bx%20%EB%82%98~", SignatureV4.encodedPath("/a/b=1/+x 나~"));
  }
}

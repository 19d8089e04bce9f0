package dev.naru.connect.s3;

import dev.naru.connect.common.HttpCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stores objects. Used by one thread. */
final class ObjectStore implements AutoCloseable {
  private static final Pattern CODE = Pattern.compile("<Code>([^<]*)</Code>");
  private static final Pattern MESSAGE = Pattern.compile("<Message>([^<]*)</Message>");
  private static final int CONNECT_TIMEOUT_MS = 10_000;
  private static final int ANSWER_BYTES_MAX = 1024 * 1024;

  private final S3SinkConfig config;
  private final HttpCalls calls;
  private final SignatureV4 signature;

  ObjectStore(S3SinkConfig config) {
    this.config = config;
    this.calls =
        new HttpCalls(
            "naru-s3-sink-" + config.name(),
            CONNECT_TIMEOUT_MS,
            config.timeoutMs(),
            ANSWER_BYTES_MAX);
    this.signature =
        config.credentials() == null
            ? null
            : new SignatureV4(config.credentials(), config.region());
  }

  URI uri(String key) {
    URI endpoint = config.endpoint();
    String host =
        config.isPathStyle() ? endpoint.getHost() : config.bucket() + "." + endpoint.getHost();
    String port = endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort();
    String path = config.isPathStyle() ? "/" + config.bucket() + "/" + key : "/" + key;
    return URI.create(endpoint.getScheme() + "://" + host + port + SignatureV4.encodedPath(path));
  }

  /**
   * Stores an object, in the place of one of the same name.
   *
   * @throws IOException when there is no answer
   */
  HttpCalls.Answer put(URI uri, byte[] content, String type)
      throws IOException, InterruptedException {
    Map<String, String> headers = Map.of("Content-Type", type);
    if (signature != null) {
      headers = signature.headers("PUT", uri, headers, content, Instant.now());
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).PUT(HttpRequest.BodyPublishers.ofByteArray(content));
    headers.forEach(request::setHeader);
    return calls.send(request.build());
  }

  /** What a store says about a failure, such as "NoSuchBucket, The bucket does not exist". */
  static String explanation(HttpCalls.Answer answer) {
    Matcher code = CODE.matcher(answer.text());
    Matcher message = MESSAGE.matcher(answer.text());
    String said = code.find() ? code.group(1) : answer.excerpt();
    return answer.status()
        + (said.isEmpty() ? "" : " " + said)
        + (message.find() ? ", " + message.group(1) : "");
  }

  @Override
  public void close() {
    calls.close();
  }
}

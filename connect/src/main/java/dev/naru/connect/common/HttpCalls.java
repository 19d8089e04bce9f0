package dev.naru.connect.common;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * HTTP calls with a limit on how long they take as a whole and on how large their answers are.
 * Redirects are not followed: credentials would go along to wherever they lead.
 */
public final class HttpCalls implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int TOO_MANY = 429;
  private static final int TIMED_OUT = 408;
  private static final int TOO_EARLY = 425;
  private static final int SERVER_ERROR = 500;
  private static final int NOT_IMPLEMENTED = 501;
  private static final int HTTP_VERSION = 505;

  /**
   * An answer.
   *
   * @param body the body as a whole
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  public record Answer(int status, HttpHeaders headers, byte[] body) {
    public boolean isSuccess() {
      return status / 100 == 2;
    }

    /** Whether the same request may succeed later (RFC 9110, RFC 6585, RFC 8470). */
    public boolean mayPass() {
      return status == TOO_MANY
          || status == TIMED_OUT
          || status == TOO_EARLY
          || (status >= SERVER_ERROR && status != NOT_IMPLEMENTED && status != HTTP_VERSION);
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    /** A header's first value, or null. */
    public String header(String name) {
      return headers.firstValue(name).orElse(null);
    }

    /** The first few words of the body, for people. */
    public String excerpt() {
      String line = text().replaceAll("\\s+", " ").trim();
      return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }
  }

  private final ExecutorService executor;
  private final HttpClient client;
  private final int timeoutMs;
  private final int bytesMax;

  /**
   * Calls that nothing is sent for yet.
   *
   * @param name the name of the threads
   * @param timeoutMs how long a call may take with its answer
   * @param bytesMax how many bytes an answer may have
   */
  public HttpCalls(String name, int connectTimeoutMs, int timeoutMs, int bytesMax) {
    this.executor =
        Executors.newFixedThreadPool(
            THREADS,
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    this.client =
        HttpClient.newBuilder()
            .executor(executor)
            .connectTimeout(Duration.ofMillis(connectTimeoutMs))
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    this.timeoutMs = timeoutMs;
    this.bytesMax = bytesMax;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws IOException when there is none, it took too long, or it is too large
   */
  public Answer send(HttpRequest request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request, info -> new LimitedBody(bytesMax));
    try {
      HttpResponse<byte[]> response = answer.get(timeoutMs, TimeUnit.MILLISECONDS);
      return new Answer(response.statusCode(), response.headers(), response.body());
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no answer within " + timeoutMs + " ms");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  /** A URL without its query, which may hold secrets, for people. */
  public static String describe(URI uri) {
    int port = uri.getPort();
    return uri.getScheme()
        + "://"
        + uri.getHost()
        + (port < 0 ? "" : ":" + port)
        + (uri.getRawPath() == null ? "" : uri.getRawPath());
  }

  /** What went wrong, in a few words. */
  public static String reason(IOException e) {
    if (e instanceof InterruptedIOException || e.getMessage() == null) {
      return e.getClass().getSimpleName();
    }
    return e.getMessage();
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  /** Collects a body, and gives the answer up when it becomes too large. */
  private static final class LimitedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final int max;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.Subscription subscription;

    LimitedBody(int max) {
      this.max = max;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        if (bytes.size() + part.remaining() > max) {
          subscription.cancel();
          body.completeExceptionally(new IOException("the answer has more than " + max + " bytes"));
          return;
        }
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.writeBytes(copy);
      }
    }

    @Override
    public void onError(Throwable failure) {
      body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      body.complete(bytes.toByteArray());
    }
  }
}

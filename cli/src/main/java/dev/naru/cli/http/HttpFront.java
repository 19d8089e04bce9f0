package dev.naru.cli.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.naru.cli.CliException;
import dev.naru.cli.HostPort;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's HTTP listener: the JDK's own server, which an idle node hardly notices. One thread
 * waits for connections; requests are answered by up to {@value #THREADS} more, which end when
 * there is nothing to do.
 *
 * <p>Nobody is asked who they are. What a web page in a browser of this machine could do by way of
 * a name that leads here is refused: where only this machine is listened to, the request must name
 * this machine ({@code Host}), and it must not come from a page of elsewhere ({@code Origin}).
 */
public final class HttpFront implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpFront.class);

  private static final int BODY_BYTES_MAX = 8 << 20;
  private static final int THREADS = 8;
  private static final int WAITING_MAX = 256;
  private static final int BACKLOG = 128;

  static {
    // Seconds for a request to arrive; connections that are open at a time; no pause of 40 ms
    // between the parts of an answer.
    preset("sun.net.httpserver.maxReqTime", "30");
    preset("jdk.httpserver.maxConnections", "512");
    preset("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final String host;
  private final boolean loopback;
  private final ThreadPoolExecutor threads;

  private HttpFront(HttpServer server, String host) {
    this.server = server;
    this.host = host;
    this.loopback = server.getAddress().getAddress().isLoopbackAddress();
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_MAX),
            task -> {
              Thread thread = new Thread(task, "naru-http");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
  }

  private static void preset(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  /**
   * Takes the port; nothing is answered before {@link #serve}.
   *
   * @throws CliException when it cannot be had
   */
  public static HttpFront listen(HostPort address) {
    try {
      return new HttpFront(create(address), address.host());
    } catch (IOException e) {
      throw CliException.failure(
          "cannot listen on "
              + address
              + " for HTTP: "
              + e.getMessage()
              + "; stop what uses it, or choose another address with --http",
          e);
    }
  }

  /** Takes the port, or a free one of the same host where it is taken. */
  public static HttpFront listenNear(HostPort address) {
    try {
      return new HttpFront(create(address), address.host());
    } catch (BindException e) {
      LOG.debug("{} is taken", address, e);
      return listen(new HostPort(address.host(), 0));
    } catch (IOException e) {
      LOG.debug("{} cannot be had", address, e);
      return listen(new HostPort(address.host(), 0));
    }
  }

  private static HttpServer create(HostPort address) throws IOException {
    InetAddress host = InetAddress.getByName(address.host());
    return HttpServer.create(new InetSocketAddress(host, address.port()), BACKLOG);
  }

  /** Where it listens, with the port that was taken. */
  public HostPort address() {
    return new HostPort(host, server.getAddress().getPort());
  }

  /** Begins to answer; {@code api} is called by several threads at a time and may block. */
  public void serve(Function<RestRequest, RestAnswer> api) {
    server.createContext("/", exchange -> serve(exchange, api));
    server.start();
  }

  private void serve(HttpExchange exchange, Function<RestRequest, RestAnswer> api)
      throws IOException {
    try (exchange) {
      send(exchange, answer(exchange, api));
    }
  }

  private RestAnswer answer(HttpExchange exchange, Function<RestRequest, RestAnswer> api)
      throws IOException {
    if (loopback && !isForThisMachine(exchange)) {
      return RestAnswer.error(403, "the request does not name this machine");
    }
    byte[] body;
    try (InputStream in = exchange.getRequestBody()) {
      body = in.readNBytes(BODY_BYTES_MAX + 1);
    }
    if (body.length > BODY_BYTES_MAX) {
      return RestAnswer.error(413, "the request has more than " + BODY_BYTES_MAX + " bytes");
    }
    String uri = exchange.getRequestURI().getRawPath();
    String query = exchange.getRequestURI().getRawQuery();
    if (uri == null || !uri.startsWith("/")) {
      return RestAnswer.error(400, "the path does not begin with a slash");
    }
    RestRequest request =
        new RestRequest(
            exchange.getRequestMethod(),
            query == null ? uri : uri + "?" + query,
            Map.copyOf(exchange.getRequestHeaders()),
            body);
    try {
      return api.apply(request);
    } catch (RuntimeException e) {
      LOG.warn("{} {} failed", request.method(), request.path(), e);
      return RestAnswer.error(500, String.valueOf(e.getMessage()));
    }
  }

  private static boolean isForThisMachine(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    return (host == null || isThisMachine(host))
        && (origin == null || isThisMachine(origin.replaceFirst("^[a-z]+://", "")));
  }

  /** By its name alone: asking for the address is what somebody else would answer. */
  static boolean isThisMachine(String hostAndPort) {
    String name = hostAndPort.replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || name.equals("[::1]")
        || name.matches("127(\\.\\d{1,3}){3}");
  }

  private static void send(HttpExchange exchange, RestAnswer answer) throws IOException {
    for (Map.Entry<String, List<String>> header : answer.headers().entrySet()) {
      if (!header.getKey().equalsIgnoreCase("Content-Length")) {
        header
            .getValue()
            .forEach(value -> exchange.getResponseHeaders().add(header.getKey(), value));
      }
    }
    boolean empty = answer.body().length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(answer.status(), empty ? -1 : answer.body().length);
    if (!empty) {
      exchange.getResponseBody().write(answer.body());
    }
  }

  /** Closes the port, and what is open. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}

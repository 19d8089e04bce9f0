package dev.naru.connect.crawler;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A small web site on loopback whose pages a test makes up; counts what it is asked for. */
final class Site implements AutoCloseable {
  /** Answers a request in whatever way it likes. */
  interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Handler> pages = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private volatile Handler otherwise =
      exchange ->
          answer(exchange, 404, "text/html", "nothing here".getBytes(StandardCharsets.UTF_8));

  Site(String address) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked
              .computeIfAbsent(exchange.getRequestURI().toString(), p -> new AtomicInteger())
              .incrementAndGet();
          try (exchange) {
            pages.getOrDefault(path, otherwise).handle(exchange);
          }
        });
    server.start();
  }

  String url(String path) {
    return "http://"
        + server.getAddress().getHostString()
        + ":"
        + server.getAddress().getPort()
        + path;
  }

  int port() {
    return server.getAddress().getPort();
  }

  int asked(String pathAndQuery) {
    AtomicInteger count = asked.get(pathAndQuery);
    return count == null ? 0 : count.get();
  }

  int askedInAll() {
    return asked.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  Site page(String path, String html) {
    return on(
        path,
        exchange ->
            answer(
                exchange, 200, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8)));
  }

  Site on(String path, Handler handler) {
    pages.put(path, handler);
    return this;
  }

  Site otherwise(Handler handler) {
    otherwise = handler;
    return this;
  }

  Site redirect(String path, String target) {
    return on(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", target);
          answer(exchange, 302, "text/html", new byte[0]);
        });
  }

  static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}

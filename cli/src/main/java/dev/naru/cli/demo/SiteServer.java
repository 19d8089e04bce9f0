package dev.naru.cli.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.naru.cli.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Serves the files of a jar as a web site on loopback. */
final class SiteServer implements AutoCloseable {
  private static final int THREADS = 4;
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css",
          "js", "text/javascript",
          "png", "image/png",
          "svg", "image/svg+xml",
          "md", "text/markdown; charset=utf-8");

  private final ZipFile site;
  private final HttpServer server;
  private final ExecutorService threads;

  private SiteServer(ZipFile site, HttpServer server, ExecutorService threads) {
    this.site = site;
    this.server = server;
    this.threads = threads;
  }

  /**
   * Starts serving.
   *
   * @param port 0 for a free one
   */
  static SiteServer start(Path jar, int port) {
    try {
      ZipFile site = new ZipFile(jar.toFile());
      HttpServer server;
      try {
        server =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      } catch (IOException e) {
        site.close();
        throw CliException.failure(
            "port "
                + port
                + ", where this demo's pages live, is in use; stop what uses it, or begin anew with --reset",
            e);
      }
      ExecutorService threads =
          Executors.newFixedThreadPool(
              THREADS,
              task -> {
                Thread thread = new Thread(task, "naru-site");
                thread.setDaemon(true);
                return thread;
              });
      SiteServer serving = new SiteServer(site, server, threads);
      server.createContext("/", serving::answer);
      server.setExecutor(threads);
      server.start();
      return serving;
    } catch (IOException e) {
      throw CliException.failure(
          "cannot read the demo's web site " + jar + ": " + e.getMessage(), e);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath().substring(1);
      ZipEntry entry =
          site.getEntry(path.isEmpty() || path.endsWith("/") ? path + "index.html" : path);
      boolean get = exchange.getRequestMethod().equals("GET");
      if (!get && !exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(405, -1);
      } else if (entry == null || entry.isDirectory() || path.startsWith("META-INF/")) {
        notFound(exchange, get);
      } else {
        file(exchange, entry, get);
      }
    }
  }

  private static void notFound(HttpExchange exchange, boolean body) throws IOException {
    byte[] text = "There is no such page.\n".getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(404, body ? text.length : -1);
    if (body) {
      exchange.getResponseBody().write(text);
    }
  }

  private void file(HttpExchange exchange, ZipEntry entry, boolean body) throws IOException {
    String tag = "\"" + Long.toHexString(entry.getCrc()) + "\"";
    exchange.getResponseHeaders().set("Content-Type", type(entry.getName()));
    exchange.getResponseHeaders().set("ETag", tag);
    if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      exchange.sendResponseHeaders(304, -1);
      return;
    }
    if (!body || entry.getSize() == 0) {
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.sendResponseHeaders(200, entry.getSize());
    try (InputStream in = site.getInputStream(entry);
        OutputStream out = exchange.getResponseBody()) {
      in.transferTo(out);
    }
  }

  private static String type(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1);
    return TYPES.getOrDefault(extension, "application/octet-stream");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    try {
      site.close();
    } catch (IOException e) {
      throw CliException.failure("cannot close the demo's web site: " + e.getMessage(), e);
    }
  }
}

package dev.naru.proving.flows;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A host on loopback with the pages of a folder, or of a jar. Each host says in its pages which it
 * is: two hosts with the same folder have different pages.
 */
final class PageSite implements AutoCloseable {
  private final Path root;
  private final FileSystem jar;
  private final String address;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final Set<String> served = ConcurrentHashMap.newKeySet();
  private volatile long lastAskedNs = System.nanoTime();

  private PageSite(String address, Path root, FileSystem jar) throws IOException {
    this.address = address;
    this.root = root;
    this.jar = jar;
    server = HttpServer.create(new InetSocketAddress(address, 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  static PageSite ofJar(String address, Path file) throws IOException {
    FileSystem jar = FileSystems.newFileSystem(file);
    return new PageSite(address, jar.getPath("/"), jar);
  }

  static PageSite ofFolder(String address, Path folder) throws IOException {
    return new PageSite(address, folder.toRealPath(), null);
  }

  String url() {
    return "http://" + address + ":" + server.getAddress().getPort() + "/";
  }

  /** Different pages that were handed out. */
  int served() {
    return served.size();
  }

  /** For how long nobody has asked for anything. */
  long quietNs() {
    return System.nanoTime() - lastAskedNs;
  }

  private void answer(HttpExchange exchange) throws IOException {
    lastAskedNs = System.nanoTime();
    String path = exchange.getRequestURI().getPath();
    try (exchange) {
      Path file = root.resolve(path.substring(1) + (path.endsWith("/") ? "index.html" : ""));
      if (!file.normalize().startsWith(root) || !Files.isRegularFile(file)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      boolean page = file.toString().endsWith(".html");
      byte[] body = page ? page(file) : bytes(file);
      exchange
          .getResponseHeaders()
          .set("Content-Type", page ? "text/html" : "application/octet-stream");
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
      if (page) {
        served.add(path);
      }
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readAllBytes();
    }
  }

  /** The bytes of a page, whatever their charset, with a paragraph more at the end of its text. */
  private byte[] page(Path file) throws IOException {
    String html = new String(bytes(file), StandardCharsets.ISO_8859_1);
    int at = html.lastIndexOf(html.contains("</main>") ? "</main>" : "</body>");
    String mark = "<p>This page is on " + address + ".</p>";
    String marked = at < 0 ? html + mark : html.substring(0, at) + mark + html.substring(at);
    return marked.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    threads.shutdownNow();
    if (jar != null) {
      jar.close();
    }
  }
}

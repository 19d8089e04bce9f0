package dev.naru.proving.flows;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A host on loopback that serves {@link Pages}. Each host says in its pages which it is: two hosts
 * with the same files have different pages.
 *
 * <p>It knows GET over HTTP/1.1 and costs next to nothing, so that what is measured beside it is
 * who asks: a thread for each connection, and one write for each answer.
 */
public final class PageSite implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 64;
  private static final int BACKLOG = 128;
  private static final int HEAD_BYTES_MAX = 16 * 1024;
  private static final byte[] NOTHING = new byte[0];

  private final Pages pages;
  private final String address;
  private final byte[] mark;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<String> served = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor threads;

  /**
   * @param address of the host, such as 127.0.0.6; the port is a free one
   */
  public PageSite(String address, Pages pages) throws IOException {
    this.pages = pages;
    this.address = address;
    this.mark = ("<p>This page is on " + address + ".</p>").getBytes(StandardCharsets.ISO_8859_1);
    listener = new ServerSocket(0, BACKLOG, InetAddress.getByName(address));
    threads =
        new ThreadPoolExecutor(
            0,
            CONNECTIONS_MAX + 1,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> {
              Thread thread = new Thread(work, "site-" + address);
              thread.setDaemon(true);
              return thread;
            });
    threads.execute(this::accept);
  }

  public String url() {
    return "http://" + address + ":" + listener.getLocalPort() + "/";
  }

  /** Different pages that were handed out. */
  public int served() {
    return served.size();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        if (listener.isClosed()) {
          socket.close();
        }
        start(socket);
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException("the site " + url() + " takes no connections", e);
        }
      }
    }
  }

  /** One connection too many is closed: who asks may ask again. */
  private void start(Socket socket) throws IOException {
    try {
      threads.execute(() -> serve(socket));
    } catch (RejectedExecutionException e) {
      open.remove(socket);
      socket.close();
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (String head = head(in); head != null; head = head(in)) {
        out.write(answer(head));
      }
    } catch (IOException e) {
      // Whoever asked has gone, as crawlers do, or this site is being closed.
      return;
    } finally {
      open.remove(socket);
    }
  }

  /** A request up to its empty line; null when there is no further one. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder(256);
    while (!endsWithEmptyLine(head)) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      if (head.length() == HEAD_BYTES_MAX) {
        throw new IOException("a request has more than " + HEAD_BYTES_MAX + " bytes");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static boolean endsWithEmptyLine(StringBuilder head) {
    int end = head.length();
    return end >= 4
        && head.charAt(end - 1) == '\n'
        && head.charAt(end - 2) == '\r'
        && head.charAt(end - 3) == '\n'
        && head.charAt(end - 4) == '\r';
  }

  private byte[] answer(String head) throws IOException {
    String[] words = head.substring(0, head.indexOf('\r')).split(" ");
    if (words.length != 3 || !words[0].equals("GET") || !words[1].startsWith("/")) {
      return whole("400 Bad Request", "text/plain", NOTHING, 0, NOTHING);
    }
    String path;
    Pages.File file;
    try {
      path = URI.create("http://host" + words[1]).getPath();
      file = pages.find(path.substring(1) + (path.endsWith("/") ? "index.html" : ""));
    } catch (IllegalArgumentException e) {
      return whole("400 Bad Request", "text/plain", NOTHING, 0, NOTHING);
    }
    if (file == null) {
      return whole("404 Not Found", "text/plain", NOTHING, 0, NOTHING);
    }
    if (!file.isPage()) {
      return whole("200 OK", "application/octet-stream", file.bytes(), 0, NOTHING);
    }
    served.add(path);
    return whole("200 OK", "text/html", file.bytes(), file.markAt(), mark);
  }

  /** The answer's bytes, with something more at a place in its body. */
  private static byte[] whole(String status, String type, byte[] body, int at, byte[] more) {
    int length = body.length + more.length;
    String headers = "\r\nContent-Type: " + type + "\r\nContent-Length: " + length + "\r\n\r\n";
    byte[] head = ("HTTP/1.1 " + status + headers).getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[head.length + length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(body, 0, all, head.length, at);
    System.arraycopy(more, 0, all, head.length + at, more.length);
    System.arraycopy(body, at, all, head.length + at + more.length, body.length - at);
    return all;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
    threads.shutdown();
  }
}

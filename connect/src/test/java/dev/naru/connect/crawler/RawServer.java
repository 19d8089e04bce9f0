package dev.naru.connect.crawler;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends a start, and then the same thing for ever. */
final class RawServer implements AutoCloseable {
  private final ServerSocket server;
  private final AtomicInteger served = new AtomicInteger();

  RawServer(String start, String endlessly, long pauseMs) throws Exception {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(() -> serve(start, endlessly, pauseMs));
    thread.setDaemon(true);
    thread.start();
  }

  private void serve(String start, String endlessly, long pauseMs) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        OutputStream out = socket.getOutputStream();
        out.write(start.getBytes(StandardCharsets.ISO_8859_1));
        while (true) {
          out.write(endlessly.getBytes(StandardCharsets.ISO_8859_1));
          TimeUnit.MILLISECONDS.sleep(pauseMs);
        }
      } catch (IOException clientLeft) {
        served.incrementAndGet();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort() + "/";
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}

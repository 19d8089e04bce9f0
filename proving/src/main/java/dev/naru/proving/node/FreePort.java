package dev.naru.proving.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for nodes that start later and start again. They lie below those that the system gives to
 * outgoing connections (from 32768 on Linux): otherwise one of a load's thousands of connections
 * takes, now and then, the port of a node that is not up at that moment.
 */
public final class FreePort {
  private static final int FIRST = 15_000;
  private static final int COUNT = 17_000;

  /** Processes that run side by side begin at different places. */
  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 97 % COUNT));

  private FreePort() {}

  /** A port on which nothing listens on loopback, and which this process did not name before. */
  public static int next() {
    for (int attempt = 0; attempt < COUNT; attempt++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port on loopback from " + FIRST + " on");
  }

  /** The first of so many consecutive ports, each as {@link #next()} promises. */
  public static int block(int count) {
    int first = next();
    int last = first;
    for (int attempt = 0; attempt < COUNT; attempt++) {
      if (last - first == count - 1) {
        return first;
      }
      int port = next();
      if (port != last + 1) {
        first = port;
      }
      last = port;
    }
    throw new IllegalStateException("no " + count + " free ports in a row on loopback");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}

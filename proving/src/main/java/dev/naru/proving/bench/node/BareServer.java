package dev.naru.proving.bench.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * The limit of what a broker could reach on this machine: bytes from loopback connections into
 * files, acknowledged after {@code fdatasync} or without it, and bytes of the first file by {@code
 * sendfile} back. It checks nothing, knows neither topics nor offsets, and is no broker.
 *
 * <p>A frame is a length and so many bytes, with a correlation id in the fifth to eighth of them;
 * the answer to a frame of API 0 is its correlation id, to one of API 1 that and what the file has
 * at the position asked for. Connections go to the {@link BareLane}s in turn, so that one file's
 * lock and one thread's copying are not the limit.
 */
public final class BareServer {
  private static final int LANES = 2;

  private BareServer() {}

  /**
   * @param arguments the directory of the files, and {@code force} or {@code no-force}
   */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    boolean force = arguments[1].equals("force");
    BareLane[] lanes = new BareLane[LANES];
    for (int i = 0; i < LANES; i++) {
      lanes[i] = new BareLane(file(directory, i), force, i == 0 ? null : lanes[0]);
      lanes[i].start("lane-" + i);
    }
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
      System.out.println("ready " + ((InetSocketAddress) listener.getLocalAddress()).getPort());
      System.out.flush();
      for (int next = 0; ; next = (next + 1) % LANES) {
        SocketChannel channel = listener.accept();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        lanes[next].take(channel);
      }
    }
  }

  private static Path file(Path directory, int lane) {
    return directory.resolve("bytes-" + lane);
  }

  /** The files below a directory. */
  static Path[] files(Path directory) {
    Path[] files = new Path[LANES];
    for (int i = 0; i < LANES; i++) {
      files[i] = file(directory, i);
    }
    return files;
  }
}

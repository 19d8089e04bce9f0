package dev.naru.proving.hostile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Many connections to one node, on one thread, none of which ever blocks it. */
final class Crowd implements AutoCloseable {
  private final InetSocketAddress address;
  private final List<SocketChannel> channels = new ArrayList<>();

  Crowd(int port) {
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Connects one more. */
  SocketChannel join() throws IOException {
    return join(-1);
  }

  /** Begins to connect one more, which may take for ever. */
  void knock() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channels.add(channel);
    channel.configureBlocking(false);
    channel.connect(address);
  }

  SocketChannel join(int receiveBufferBytes) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channels.add(channel);
    if (receiveBufferBytes > 0) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
    }
    channel.connect(address);
    channel.configureBlocking(false);
    return channel;
  }

  List<SocketChannel> channels() {
    return channels;
  }

  /** How many of them the node has closed. Reads what else came. */
  int closedByNode() {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    int closed = 0;
    for (SocketChannel channel : channels) {
      try {
        int count;
        do {
          buffer.clear();
          count = channel.read(buffer);
        } while (count > 0);
        closed += count < 0 ? 1 : 0;
      } catch (IOException reset) {
        closed++;
      }
    }
    return closed;
  }

  /** Sends the same bytes on each; those that are closed or full take none. */
  void send(byte[] bytes) {
    for (SocketChannel channel : channels) {
      try {
        channel.write(ByteBuffer.wrap(bytes));
      } catch (IOException closed) {
        // Counted by closedByNode.
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }
}

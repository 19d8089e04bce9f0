package dev.naru.proving.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;

/**
 * One connection with a bounded number of requests in flight. Its buffers are made once; one
 * thread.
 */
final class Link {
  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int ANSWER_BYTES_MAX = 128 << 20;

  final int index;
  final Traffic traffic;
  private final SocketChannel channel;
  private final TlsChannel tls;
  private final SelectionKey key;
  private final int depth;
  private final ByteBuffer[] out = {ByteBuffer.allocateDirect(Frame.HEAD_BYTES), null};
  private final long[] startsNs;
  private ByteBuffer in;
  private int sent;
  private int received;
  private boolean writing;

  /** The traffic's own: which request comes next. */
  long next;

  /**
   * Connects, blocking.
   *
   * @param tls what it trusts; null for a connection without TLS
   * @param index its number among the connections of its traffic
   * @param depth how many requests may be in flight
   * @param inBytes what a usual answer fits in
   */
  Link(
      Selector selector,
      int port,
      SSLContext tls,
      Traffic traffic,
      int index,
      int depth,
      int inBytes)
      throws IOException {
    this.index = index;
    this.traffic = traffic;
    this.depth = depth;
    this.startsNs = new long[depth];
    this.in = ByteBuffer.allocateDirect(inBytes);
    channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      this.tls = tls == null ? null : new TlsChannel(channel, tls);
      channel.configureBlocking(false);
      key = channel.register(selector, SelectionKey.OP_READ, this);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  int inFlight() {
    return sent - received;
  }

  /**
   * Puts a request in place; it is written before anything else happens to this connection.
   *
   * @param rest the frame after its head; its position moves
   * @param startNs from when on its answer is waited for
   */
  void ask(Frame frame, ByteBuffer rest, long startNs) {
    startsNs[sent % depth] = startNs;
    out[0].clear();
    out[0].putLong(frame.start()).putInt(sent).flip();
    out[1] = rest;
    sent++;
    writing = true;
  }

  /** Sends what may be sent, until the depth is reached or the socket is full. */
  void pump(long nowNs) throws IOException {
    while (true) {
      if (writing && !write()) {
        return;
      }
      if (inFlight() == depth || traffic.isStopped() || !traffic.ask(this, nowNs)) {
        return;
      }
    }
  }

  private boolean write() throws IOException {
    boolean flushed = true;
    if (tls == null) {
      channel.write(out);
    } else {
      tls.write(out);
      flushed = tls.flush();
    }
    boolean done = flushed && !out[1].hasRemaining() && !out[0].hasRemaining();
    if (done == ((key.interestOps() & SelectionKey.OP_WRITE) != 0)) {
      key.interestOps(done ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
    writing = !done;
    return done;
  }

  /** The socket has room or bytes. */
  void ready(long nowNs) throws IOException {
    if (key.isReadable()) {
      read(nowNs);
    }
    pump(nowNs);
  }

  private void read(long nowNs) throws IOException {
    do {
      readOnce(nowNs);
    } while (tls != null && tls.hasMore());
  }

  private void readOnce(long nowNs) throws IOException {
    if ((tls == null ? channel.read(in) : tls.read(in)) < 0) {
      throw new EOFException("the node closed a connection");
    }
    int at = 0;
    while (in.position() - at >= LENGTH_BYTES) {
      int end = at + LENGTH_BYTES + length(in.getInt(at));
      if (end > in.position()) {
        makeRoom(end - at);
        break;
      }
      answer(at + LENGTH_BYTES, end, nowNs);
      at = end;
    }
    if (at > 0) {
      in.flip().position(at);
      in.compact();
    }
  }

  private static int length(int claimed) throws IOException {
    if (claimed < Integer.BYTES || claimed > ANSWER_BYTES_MAX) {
      throw new IOException("the node sent an answer of " + claimed + " bytes");
    }
    return claimed;
  }

  private void makeRoom(int bytes) {
    if (bytes > in.capacity()) {
      in = ByteBuffer.allocateDirect(bytes).put(in.flip());
    }
  }

  private void answer(int from, int to, long nowNs) throws IOException {
    if (in.getInt(from) != received || received == sent) {
      throw new IOException(
          "the node answered " + in.getInt(from) + " where " + received + " was next");
    }
    long startNs = startsNs[received % depth];
    received++;
    traffic.answered(this, in, from, to, startNs, nowNs);
  }

  void close() throws IOException {
    channel.close();
  }
}

package dev.naru.proving.bench.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The limit of what a broker could reach on this machine: bytes from loopback connections into one
 * file, acknowledged after {@code fdatasync} or without it, and bytes of the file by {@code
 * sendfile} back. It checks nothing, knows neither topics nor offsets, and is no broker.
 *
 * <p>A frame is a length and so many bytes, with a correlation id in the fifth to eighth of them;
 * the answer to a frame of API 0 is its correlation id, to one of API 1 that and what the file has
 * at the position asked for. Two threads: one reads and writes, one forces for all who wait at that
 * moment.
 */
public final class BareServer {
  private static final int IN_BYTES = 1 << 20;
  private static final int HEAD_BYTES = 12;
  private static final int CORRELATION_AT = 8;
  private static final int API_AT = 4;
  private static final int FETCH = 1;

  private final Selector selector;
  private final ServerSocketChannel listener;
  private final FileChannel file;
  private final boolean force;
  private final Consumer<SelectionKey> onReady = this::ready;
  private final AtomicReference<List<Acknowledgement>> unforced = new AtomicReference<>(List.of());
  private final AtomicReference<List<Acknowledgement>> forced = new AtomicReference<>(List.of());
  private List<Acknowledgement> written = new ArrayList<>();
  private long fileEnd;

  private record Acknowledgement(Peer peer, int correlation) {}

  private BareServer(Path path, boolean force) throws IOException {
    this.force = force;
    file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    fileEnd = file.size();
    selector = Selector.open();
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  /**
   * @param arguments the file, and {@code force} or {@code no-force}
   */
  public static void main(String[] arguments) throws IOException {
    BareServer server = new BareServer(Path.of(arguments[0]), arguments[1].equals("force"));
    System.out.println(
        "ready " + ((InetSocketAddress) server.listener.getLocalAddress()).getPort());
    System.out.flush();
    server.serve();
  }

  private void serve() throws IOException {
    Thread forcer = new Thread(this::forceForEver, "force");
    forcer.setDaemon(true);
    forcer.start();
    while (true) {
      selector.select(onReady);
      if (!written.isEmpty()) {
        handOver(forcer);
      }
      for (Acknowledgement each : forced.getAndSet(List.of())) {
        each.peer().answer(each.correlation());
      }
    }
  }

  private void handOver(Thread forcer) throws IOException {
    if (!force) {
      for (Acknowledgement each : written) {
        each.peer().answer(each.correlation());
      }
      written.clear();
      return;
    }
    unforced.accumulateAndGet(written, BareServer::joined);
    written = new ArrayList<>();
    LockSupport.unpark(forcer);
  }

  private static List<Acknowledgement> joined(
      List<Acknowledgement> first, List<Acknowledgement> second) {
    List<Acknowledgement> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private void forceForEver() {
    while (true) {
      List<Acknowledgement> waiting = unforced.getAndSet(List.of());
      if (waiting.isEmpty()) {
        LockSupport.park();
        continue;
      }
      try {
        file.force(false);
      } catch (IOException e) {
        e.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
      forced.accumulateAndGet(waiting, BareServer::joined);
      selector.wakeup();
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        SocketChannel channel = listener.accept();
        if (channel != null) {
          channel.configureBlocking(false);
          channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
          channel.register(selector, SelectionKey.OP_READ).attach(new Peer(channel));
        }
        return;
      }
      Peer peer = (Peer) key.attachment();
      if (key.isWritable()) {
        peer.flush(key);
      }
      if (key.isReadable() && !peer.read(key)) {
        close(key);
      }
    } catch (IOException e) {
      System.err.println("a connection ends: " + e);
      close(key);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      System.err.println("a connection does not close: " + e);
    }
  }

  /** One connection. */
  private final class Peer {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);
    private final Queue<Region> out = new ArrayDeque<>();
    private int frameLeft;
    private int frameCorrelation;
    private boolean reads;

    Peer(SocketChannel channel) {
      this.channel = channel;
    }

    /** Reads what is there, and writes it to the file as it comes, whole frames or not. */
    boolean read(SelectionKey key) throws IOException {
      if (channel.read(in) < 0) {
        return false;
      }
      in.flip();
      int start = in.position();
      while (in.hasRemaining()) {
        if (frameLeft > 0) {
          int step = Math.min(frameLeft, in.remaining());
          in.position(in.position() + step);
          frameLeft -= step;
          if (frameLeft == 0) {
            written.add(new Acknowledgement(this, frameCorrelation));
          }
        } else if (in.remaining() < HEAD_BYTES || !begin()) {
          break;
        }
      }
      append(start, in.position());
      in.compact();
      if (!out.isEmpty()) {
        flush(key);
      }
      return true;
    }

    /** A frame begins; false when more of it is needed. */
    private boolean begin() throws IOException {
      int at = in.position();
      int bytes = Integer.BYTES + in.getInt(at);
      int correlation = in.getInt(at + CORRELATION_AT);
      if (in.getShort(at + API_AT) != FETCH) {
        frameCorrelation = correlation;
        frameLeft = bytes;
        return true;
      }
      if (in.remaining() < bytes) {
        return false;
      }
      reads = true;
      long position = in.getLong(at + HEAD_BYTES);
      int max = in.getInt(at + HEAD_BYTES + Long.BYTES);
      int count = (int) Math.max(0, Math.min(max, fileEnd - position));
      out.add(new Region(answer(correlation, count), position, count));
      in.position(at + bytes);
      return true;
    }

    private void append(int from, int to) throws IOException {
      if (!reads && to > from) {
        ByteBuffer bytes = in.duplicate().position(from).limit(to);
        while (bytes.hasRemaining()) {
          fileEnd += file.write(bytes, fileEnd);
        }
      }
    }

    void answer(int correlation) throws IOException {
      ByteBuffer answer = answer(correlation, 0);
      while (answer.hasRemaining()) {
        channel.write(answer);
      }
    }

    private static ByteBuffer answer(int correlation, int more) {
      return ByteBuffer.allocate(2 * Integer.BYTES)
          .putInt(Integer.BYTES + more)
          .putInt(correlation)
          .flip();
    }

    void flush(SelectionKey key) throws IOException {
      while (!out.isEmpty() && out.peek().sentTo(channel, file)) {
        out.remove();
      }
      key.interestOps(
          out.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
  }

  /** An answer with bytes of the file behind it. */
  private static final class Region {
    private final ByteBuffer head;
    private long position;
    private int left;

    Region(ByteBuffer head, long position, int left) {
      this.head = head;
      this.position = position;
      this.left = left;
    }

    boolean sentTo(SocketChannel channel, FileChannel file) throws IOException {
      channel.write(head);
      if (!head.hasRemaining()) {
        long moved = file.transferTo(position, left, channel);
        position += moved;
        left -= (int) moved;
      }
      return left == 0 && !head.hasRemaining();
    }
  }
}

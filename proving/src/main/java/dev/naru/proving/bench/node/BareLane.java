package dev.naru.proving.bench.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Some of the bare server's connections and one of its files. Two threads: one reads sockets and
 * writes the file, one forces it for all who wait at that moment.
 */
final class BareLane {
  private static final int IN_BYTES = 1 << 20;
  private static final int HEAD_BYTES = 12;
  private static final int CORRELATION_AT = 8;
  private static final int API_AT = 4;
  private static final int FETCH = 1;

  private final Selector selector;
  private final FileChannel file;
  private final boolean force;

  /** Whose file is read: all read the first lane's, which is the one that was filled. */
  private final BareLane source;

  private final Consumer<SelectionKey> onReady = this::ready;
  private final Queue<SocketChannel> accepted = new ConcurrentLinkedQueue<>();
  private final AtomicReference<List<Acknowledgement>> unforced = new AtomicReference<>(List.of());
  private final AtomicReference<List<Acknowledgement>> forced = new AtomicReference<>(List.of());
  private List<Acknowledgement> written = new ArrayList<>();

  /** Written by this lane's thread only. */
  private volatile long fileEnd;

  private record Acknowledgement(Peer peer, int correlation) {}

  /**
   * @param source the lane that is read from; null for this one
   */
  BareLane(Path path, boolean force, BareLane source) throws IOException {
    this.force = force;
    this.source = source == null ? this : source;
    file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    fileEnd = file.size();
    selector = Selector.open();
  }

  void start(String name) {
    Thread forcer = new Thread(this::forceForEver, name + "-force");
    forcer.setDaemon(true);
    forcer.start();
    new Thread(() -> serve(forcer), name).start();
  }

  /** A connection that this lane is to serve; may be called from any thread. */
  void take(SocketChannel channel) {
    accepted.add(channel);
    selector.wakeup();
  }

  private void serve(Thread forcer) {
    try {
      while (true) {
        selector.select(onReady);
        for (SocketChannel next = accepted.poll(); next != null; next = accepted.poll()) {
          next.register(selector, SelectionKey.OP_READ).attach(new Peer(next));
        }
        if (!written.isEmpty()) {
          handOver(forcer);
        }
        for (Acknowledgement each : forced.getAndSet(List.of())) {
          each.peer().answer(each.correlation());
        }
      }
    } catch (IOException e) {
      end(e);
    }
  }

  /** Half a limit would be taken for a limit. */
  private static void end(IOException cause) {
    System.err.println("the bare server ends: " + cause);
    Runtime.getRuntime().halt(1);
  }

  private void handOver(Thread forcer) throws IOException {
    if (!force) {
      for (Acknowledgement each : written) {
        each.peer().answer(each.correlation());
      }
      written.clear();
      return;
    }
    unforced.accumulateAndGet(written, BareLane::joined);
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
        end(e);
      }
      forced.accumulateAndGet(waiting, BareLane::joined);
      selector.wakeup();
    }
  }

  private void ready(SelectionKey key) {
    try {
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
    private boolean begin() {
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
      int count = (int) Math.max(0, Math.min(max, source.fileEnd - position));
      out.add(new Region(answer(correlation, count), position, count));
      in.position(at + bytes);
      return true;
    }

    private void append(int from, int to) throws IOException {
      if (!reads && to > from) {
        ByteBuffer bytes = in.duplicate().position(from).limit(to);
        long end = fileEnd;
        while (bytes.hasRemaining()) {
          end += file.write(bytes, end);
        }
        fileEnd = end;
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
      while (!out.isEmpty() && out.peek().sentTo(channel, source.file)) {
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

package dev.naru.proving.faults;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Stands before a node and holds some requests back on their way, with all that come after them on
 * their connection. What a client has sent arrives in the end, also when the client has long given
 * up and asked anew: that is what a network may do.
 */
final class KafkaProxy implements Closeable {
  private static final int FRAME_BYTES_MAX = 64 << 20;

  private final ServerSocket listener;
  private final IntSupplier target;
  private final Random random;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong heldBack = new AtomicLong();
  private final AtomicLong late = new AtomicLong();
  private volatile Set<ApiKeys> apis = Set.of();
  private volatile Duration delay = Duration.ZERO;
  private volatile int oneIn = 1;

  /**
   * Listens for a node on loopback.
   *
   * @param target the node's own port
   */
  KafkaProxy(int port, IntSupplier target, long seed) throws IOException {
    listener = new ServerSocket(port, 200, InetAddress.getLoopbackAddress());
    this.target = target;
    random = new Random(seed);
    thread("proxy-" + port, this::accept);
  }

  /** From now on, one in so many requests of these APIs arrives so much later. */
  void hold(Set<ApiKeys> which, int chance, Duration time) {
    oneIn = chance;
    delay = time;
    apis = which;
  }

  /** How many requests were held back. */
  long heldBack() {
    return heldBack.get();
  }

  /** How many arrived although their client had hung up by then. */
  long late() {
    return late.get();
  }

  private static void thread(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        thread("proxy-request", () -> connect(client));
      } catch (IOException e) {
        // The listener was closed, or a client was gone before it was let in.
      }
    }
  }

  private void connect(Socket client) {
    try {
      Socket node = new Socket(InetAddress.getLoopbackAddress(), target.getAsInt());
      open.add(node);
      client.setTcpNoDelay(true);
      node.setTcpNoDelay(true);
      Connection connection = new Connection(client, node);
      thread("proxy-answer", connection::answers);
      connection.requests();
    } catch (IOException e) {
      // The node is not there: its client hears so by being hung up on.
      close(client);
    }
  }

  private void close(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use any more either way.
    }
  }

  private final class Connection {
    private final Socket client;
    private final Socket node;

    Connection(Socket client, Socket node) {
      this.client = client;
      this.node = node;
    }

    private void requests() {
      boolean held = false;
      try {
        DataInputStream in = new DataInputStream(client.getInputStream());
        DataOutputStream out = new DataOutputStream(node.getOutputStream());
        for (byte[] frame = next(in); frame.length > 0; frame = next(in)) {
          held = hold(ApiKeys.forId(((frame[0] & 0xff) << 8) | (frame[1] & 0xff)));
          out.writeInt(frame.length);
          out.write(frame);
          out.flush();
        }
        // The client has hung up. If it did so over a request that was held back, that came late.
        if (held) {
          late.incrementAndGet();
        }
        node.shutdownOutput();
      } catch (IOException e) {
        // The node has hung up.
        end();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        end();
      }
    }

    /** Empty when there is no more, however the client said so. */
    private static byte[] next(DataInputStream in) {
      try {
        int length = in.readInt();
        if (length < Short.BYTES || length > FRAME_BYTES_MAX) {
          return new byte[0];
        }
        byte[] frame = new byte[length];
        in.readFully(frame);
        return frame;
      } catch (IOException e) {
        return new byte[0];
      }
    }

    private boolean hold(ApiKeys api) throws InterruptedException {
      boolean held = apis.contains(api) && chance();
      if (held) {
        heldBack.incrementAndGet();
        long untilNs = System.nanoTime() + delay.toNanos();
        while (System.nanoTime() - untilNs < 0) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
      return held;
    }

    private boolean chance() {
      synchronized (random) {
        return random.nextInt(oneIn) == 0;
      }
    }

    private void answers() {
      byte[] buffer = new byte[64 << 10];
      try {
        for (int n = node.getInputStream().read(buffer);
            n >= 0;
            n = node.getInputStream().read(buffer)) {
          try {
            client.getOutputStream().write(buffer, 0, n);
          } catch (IOException e) {
            // The client has hung up; what it sent before goes its way all the same.
          }
        }
      } catch (IOException e) {
        // The node has hung up.
      } finally {
        end();
      }
    }

    private void end() {
      close(client);
      close(node);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    open.forEach(this::close);
  }
}

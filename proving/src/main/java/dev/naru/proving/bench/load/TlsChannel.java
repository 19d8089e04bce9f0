package dev.naru.proving.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/** What a {@link Link} needs of TLS: encrypts and decrypts in buffers that are made once. */
final class TlsChannel {
  /** Several records, so that they leave with one system call. */
  private static final int RECORDS = 8;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final ByteBuffer received;
  private final ByteBuffer toSend;

  /** What was decrypted and did not fit; to be read from. */
  private final ByteBuffer rest;

  private boolean more;

  /** Shakes hands; the channel still blocks. */
  TlsChannel(SocketChannel channel, SSLContext context) throws IOException {
    this.channel = channel;
    engine = context.createSSLEngine("127.0.0.1", channel.socket().getPort());
    engine.setUseClientMode(true);
    int packet = engine.getSession().getPacketBufferSize();
    received = ByteBuffer.allocate(RECORDS * packet);
    toSend = ByteBuffer.allocateDirect(RECORDS * packet).limit(0);
    rest = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
    engine.beginHandshake();
    shakeHands();
  }

  private void shakeHands() throws IOException {
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
      switch (status) {
        case NEED_TASK -> runTasks();
        case NEED_WRAP -> {
          toSend.clear();
          engine.wrap(NOTHING, toSend);
          toSend.flip();
          while (!flush()) {
            Thread.onSpinWait();
          }
        }
        default -> unwrapHandshake();
      }
      status = engine.getHandshakeStatus();
    }
  }

  private void unwrapHandshake() throws IOException {
    received.flip();
    SSLEngineResult result = engine.unwrap(received, rest.clear());
    rest.flip();
    received.compact();
    if (result.getStatus() == Status.BUFFER_UNDERFLOW && channel.read(received) < 0) {
      throw new IOException("the node ended the TLS handshake");
    }
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  /** Takes bytes as long as the socket takes what became of them. */
  void write(ByteBuffer[] from) throws IOException {
    while (flush() && hasRemaining(from)) {
      toSend.clear();
      SSLEngineResult result;
      do {
        result = engine.wrap(from, toSend);
      } while (result.getStatus() == Status.OK && hasRemaining(from));
      toSend.flip();
      if (result.getStatus() == Status.CLOSED) {
        throw new IOException("the node ended the TLS session");
      }
    }
  }

  private static boolean hasRemaining(ByteBuffer[] buffers) {
    for (ByteBuffer buffer : buffers) {
      if (buffer.hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  /** Whether nothing that was encrypted waits for the socket any more. */
  boolean flush() throws IOException {
    if (toSend.hasRemaining()) {
      channel.write(toSend);
    }
    return !toSend.hasRemaining();
  }

  /** Puts what came into a buffer; -1 at the end. */
  int read(ByteBuffer into) throws IOException {
    int before = into.position();
    boolean ended = received.hasRemaining() && channel.read(received) < 0;
    takeRest(into);
    more = rest.hasRemaining();
    received.flip();
    while (!more && received.hasRemaining()) {
      SSLEngineResult result = unwrap(into);
      if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        runTasks();
      } else if (result.getStatus() != Status.OK) {
        ended |= result.getStatus() == Status.CLOSED;
        break;
      }
      more = rest.hasRemaining();
    }
    received.compact();
    return ended && into.position() == before ? -1 : into.position() - before;
  }

  private SSLEngineResult unwrap(ByteBuffer into) throws IOException {
    if (into.remaining() >= rest.capacity()) {
      return engine.unwrap(received, into);
    }
    SSLEngineResult result = engine.unwrap(received, rest.clear());
    rest.flip();
    takeRest(into);
    return result;
  }

  private void takeRest(ByteBuffer into) {
    int count = Math.min(rest.remaining(), into.remaining());
    into.put(into.position(), rest, rest.position(), count);
    into.position(into.position() + count);
    rest.position(rest.position() + count);
  }

  /** Whether the last read left something, because the buffer was full. */
  boolean hasMore() {
    return more;
  }
}

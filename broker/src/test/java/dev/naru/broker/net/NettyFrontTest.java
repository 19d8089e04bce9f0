package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.cluster.NodeSecret;
import dev.naru.broker.config.Listener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is let in, over real sockets. */
class NettyFrontTest {
  static final Origin PLAIN =
      new Origin(
          new ListenerName("PLAINTEXT"), SecurityProtocol.PLAINTEXT, KafkaPrincipal.ANONYMOUS);

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int MAX = Integer.MAX_VALUE;
  private static final int PATIENCE_MS = 20_000;
  private static final int MOMENT_MS = 300;

  private final List<Socket> sockets = new ArrayList<>();
  private NettyFront front;
  private int port;
  private int otherPort;
  private int nodesPort;

  private void listen(ConnectionLimits limits) {
    listen(limits, -1, -1, 100);
  }

  private void listen(ConnectionLimits limits, int send, int receive, int backlog) {
    String host = LOOPBACK.getHostAddress();
    front =
        new NettyFront(
            new FrontConfig(1 << 20, 16 << 20, limits, send, receive, backlog, 600_000, 2));
    ApiTable[] table = new ApiTable[1];
    ApiVersionsHandler versions = new ApiVersionsHandler(() -> table[0], (short) 25);
    table[0] = new ApiTable(List.of(versions));
    Listener listener = new Listener("PLAINTEXT", SecurityProtocol.PLAINTEXT, host, 0, host, 0);
    port = front.listen(listener, null, table[0], versions).getPort();
    otherPort = front.listen(listener, null, table[0], versions).getPort();
    Listener nodes = new Listener("NODES", SecurityProtocol.SASL_PLAINTEXT, host, 0, host, 0);
    NodeSecret secret = new NodeSecret("sixteen characters or more");
    nodesPort = front.listenToNodes(nodes, secret, table[0], versions).getPort();
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    front.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(LOOPBACK, port);
    sockets.add(socket);
    return socket;
  }

  private static ConnectionLimits limits(int max, int perAddress, int perSecond) {
    return new ConnectionLimits(max, perAddress, Map.of(), perSecond);
  }

  private static void ask(Socket socket) throws IOException {
    ApiVersionsRequest request = new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0);
    ByteBuffer body =
        request.serializeWithHeader(
            new RequestHeader(ApiKeys.API_VERSIONS, (short) 0, "client", 1));
    ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
    frame.putInt(body.remaining()).put(body);
    socket.getOutputStream().write(frame.array());
  }

  /** Whether an answer comes; false when the connection is closed instead. */
  private static boolean answered(Socket socket, int withinMs) throws IOException {
    socket.setSoTimeout(withinMs);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    try {
      int first = in.read();
      if (first < 0) {
        return false;
      }
      int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
      in.readFully(new byte[length]);
      return true;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean served(Socket socket) throws IOException {
    try {
      ask(socket);
      return answered(socket, PATIENCE_MS);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither answered nor closed", e);
    } catch (IOException e) {
      return false;
    }
  }

  private Socket eventuallyServed() throws IOException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (System.nanoTime() < deadlineNs) {
      Socket socket = connect();
      if (served(socket)) {
        return socket;
      }
    }
    throw new AssertionError("nobody is let in");
  }

  @Test
  void anAddressWithTooManyConnectionsIsTurnedAway() throws IOException {
    listen(limits(MAX, 2, MAX));
    Socket first = connect();
    assertTrue(served(first));
    assertTrue(served(connect()));
    assertEquals(false, served(connect()));

    first.close();
    eventuallyServed();
  }

  @Test
  void listenersShareTheirLimits() throws IOException {
    listen(limits(MAX, 1, MAX));
    assertTrue(served(connect()));
    port = otherPort;
    assertEquals(false, served(connect()));
  }

  @Test
  void otherNodesGetInWhileClientsFillTheNode() throws IOException {
    listen(limits(1, 1, MAX));
    assertTrue(served(connect()));
    port = nodesPort;
    assertTrue(served(connect()));
    assertTrue(served(connect()));
  }

  @Test
  void anOverrideHoldsForItsAddressAlone() throws IOException {
    listen(new ConnectionLimits(MAX, 0, Map.of(LOOPBACK, 2), MAX));
    assertTrue(served(connect()));
    assertTrue(served(connect()));
    assertEquals(false, served(connect()));
  }

  @Test
  void otherLimitsHoldAtOnce() throws IOException {
    listen(limits(MAX, 1, MAX));
    assertTrue(served(connect()));
    assertEquals(false, served(connect()));
    front.limits(limits(MAX, 2, MAX));
    assertTrue(served(connect()));
  }

  @Test
  void whoFindsTheNodeFullWaitsUntilAnotherLeaves() throws IOException {
    listen(limits(2, MAX, MAX));
    Socket first = connect();
    assertTrue(served(first));
    assertTrue(served(connect()));
    Socket waiting = connect();
    ask(waiting);
    assertThrows(SocketTimeoutException.class, () -> answered(waiting, MOMENT_MS));

    first.close();
    assertTrue(answered(waiting, PATIENCE_MS));
  }

  @Test
  void aHigherLimitLetsThoseInWhoWait() throws IOException {
    listen(limits(1, MAX, MAX));
    assertTrue(served(connect()));
    Socket waiting = connect();
    ask(waiting);
    assertThrows(SocketTimeoutException.class, () -> answered(waiting, MOMENT_MS));
    front.limits(limits(2, MAX, MAX));
    assertTrue(answered(waiting, PATIENCE_MS));
  }

  @Test
  void connectionsComeNoFasterThanTheirRate() throws IOException {
    listen(limits(MAX, MAX, 10));
    long beganNs = System.nanoTime();
    for (int i = 0; i < 30; i++) {
      assertTrue(served(connect()));
    }
    long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
    // A second's worth comes at once, and one more before the door is closed.
    assertTrue(tookMs >= 1800, "30 connections in " + tookMs + " ms");
  }

  @Test
  void socketsHaveTheBuffersThatTheyWereGiven() throws IOException {
    listen(limits(MAX, MAX, MAX), 20_000, 30_000, 7);
    assertTrue(served(connect()));
    Channel connection = front.connections().iterator().next();
    // Linux reports twice what was asked for.
    int send = connection.config().getOption(ChannelOption.SO_SNDBUF);
    assertTrue(send == 20_000 || send == 40_000, send + " bytes");
    int receive = connection.config().getOption(ChannelOption.SO_RCVBUF);
    assertTrue(receive == 30_000 || receive == 60_000, receive + " bytes");
    assertEquals(7, front.listeners().get(0).config().getOption(ChannelOption.SO_BACKLOG));
  }
}

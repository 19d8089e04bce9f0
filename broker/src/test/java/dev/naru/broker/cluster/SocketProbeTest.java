package dev.naru.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.broker.cluster.PeerProbe.Finding;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Attempts to connect, to real sockets. */
class SocketProbeTest {
  private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

  private final SocketProbe probe = new SocketProbe();

  @AfterEach
  void close() {
    probe.close();
  }

  private Finding find(NodeAddress... ports) {
    return NodeFront.await(probe.probe(List.of(ports)), Finding.class);
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  private static NodeAddress address(int port) {
    return new NodeAddress(2, HOST, port);
  }

  private static NodeAddress closedPort() throws IOException {
    try (ServerSocket socket = listen()) {
      return address(socket.getLocalPort());
    }
  }

  @Test
  void aMachineRefusesWhereNobodyListens() throws Exception {
    assertEquals(Finding.REFUSED, find(closedPort(), closedPort()));
  }

  /** Whoever listens need not say a word: a process that was stopped does not. */
  @Test
  void onePortThatTakesTheConnectionIsEnough() throws Exception {
    try (ServerSocket alive = listen()) {
      assertEquals(Finding.ACCEPTED, find(closedPort(), address(alive.getLocalPort())));
    }
  }

  @Test
  void aHostThatNobodyKnowsSaysNothing() {
    assertEquals(Finding.SILENT, find(new NodeAddress(2, "no-such-host.invalid", 9092)));
  }

  @Test
  void noPortsSayNothing() {
    assertEquals(Finding.SILENT, find());
  }

  @Test
  void whatIsAskedAfterTheEndSaysNothing() throws Exception {
    NodeAddress closed = closedPort();
    probe.close();
    assertEquals(Finding.SILENT, find(closed));
  }
}

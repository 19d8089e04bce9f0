package dev.naru.proving.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.node.NodeProbe;
import dev.naru.proving.node.TestNode;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who does not do as TLS wants it is sent away, and holds little until then. */
class HostileTlsIT {
  private static final int READERS = 60;
  private static final int TOPIC_BYTES = 45_000_000;

  private static TlsNode tls;
  private static Admin admin;

  @BeforeAll
  static void start() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    tls = new TlsNode();
    admin = Clients.admin(tls.node.bootstrap());
  }

  @AfterAll
  static void stop() {
    if (tls != null) {
      admin.close();
      tls.close();
    }
  }

  private static void assertServes() throws IOException {
    TlsPeer.certificateAt(tls.node.tlsPort());
    assertEquals(1, Clients.get(admin.describeCluster().nodes()).size());
  }

  @Test
  void aPlainClientOnThePortOfTlsIsClosed() throws IOException {
    try (WireClient client = new WireClient(tls.node.tlsPort())) {
      client.sendFrame(
          client.encode(new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0)));
      client.drainUntilClosed();
    }
    assertServes();
  }

  @Test
  void aClientOfTlsOnThePlainPortIsClosed() throws IOException {
    try (SSLSocket socket = TlsPeer.connect(tls.node.port())) {
      IOException closed = assertThrows(IOException.class, socket::startHandshake);
      assertTrue(!(closed instanceof java.net.SocketTimeoutException), closed::toString);
    }
    assertServes();
  }

  @Test
  void whoBeginsNoHandshakeIsClosed() throws IOException {
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), tls.node.tlsPort())) {
      silent.setSoTimeout((int) Clients.DEADLINE.toMillis());
      assertEquals(-1, silent.getInputStream().read());
    }
    assertServes();
  }

  @Test
  void aStormOfStrangersLeavesFewLines() throws IOException {
    for (int i = 0; i < 300; i++) {
      try (WireClient client = new WireClient(tls.node.tlsPort())) {
        client.sendBytes(
            "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        client.drainUntilClosed();
      }
    }
    assertServes();
    long lines =
        Files.readAllLines(tls.node.logFile()).stream()
            .filter(line -> line.contains("Closing connection"))
            .count();
    assertTrue(lines < 30, lines + " lines");
  }

  @Test
  void readersThatDoNotReadHoldLittle() throws IOException {
    String topic = Clients.createTopic(admin, "tls-deaf", 1);
    try (Producer<String, String> producer = Clients.producer(tls.node.bootstrap())) {
      for (int i = 0; i < TOPIC_BYTES / 900_000; i++) {
        producer.send(new ProducerRecord<>(topic, "x".repeat(900_000)));
      }
    }
    Uuid id =
        Clients.get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).topicId();
    byte[] fetch = fetch(id);
    NodeProbe probe = new NodeProbe(tls.node);
    List<SSLSocket> deaf = new ArrayList<>();
    try {
      for (int i = 0; i < READERS; i++) {
        SSLSocket socket = TlsPeer.connect(tls.node.tlsPort());
        deaf.add(socket);
        socket.startHandshake();
      }
      long before = probe.residentBytes();
      for (SSLSocket socket : deaf) {
        socket.getOutputStream().write(fetch);
        socket.getOutputStream().flush();
      }
      for (int look = 0; look < 20; look++) {
        assertServes();
        long more = probe.residentBytes() - before;
        // All answers together are 2.7 GB.
        assertTrue(more < 150L << 20, more + " bytes more");
      }
      assertOneReadsAll(deaf.get(0));
    } finally {
      for (SSLSocket socket : deaf) {
        socket.close();
      }
    }
    assertServes();
  }

  /** The answer waited for its reader. */
  private static void assertOneReadsAll(SSLSocket socket) throws IOException {
    byte[] length = socket.getInputStream().readNBytes(Integer.BYTES);
    int frame = ByteBuffer.wrap(length).getInt();
    assertTrue(frame > TOPIC_BYTES, frame + " bytes");
    assertEquals(frame, socket.getInputStream().readNBytes(frame).length);
  }

  private static byte[] fetch(Uuid topic) throws IOException {
    FetchRequestData data =
        new FetchRequestData()
            .setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(-1))
            .setMaxWaitMs(500)
            .setMinBytes(1)
            .setMaxBytes(50 << 20)
            .setSessionEpoch(-1)
            .setTopics(
                List.of(
                    new FetchRequestData.FetchTopic()
                        .setTopicId(topic)
                        .setPartitions(
                            List.of(
                                new FetchRequestData.FetchPartition()
                                    .setPartition(0)
                                    .setPartitionMaxBytes(50 << 20)))));
    try (WireClient encoder = new WireClient(tls.node.port())) {
      ByteBuffer request = encoder.encode(new FetchRequest(data, ApiKeys.FETCH.latestVersion()));
      return ByteBuffer.allocate(Integer.BYTES + request.remaining())
          .putInt(request.remaining())
          .put(request)
          .array();
    }
  }
}

package dev.naru.proving.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.NodeProbe;
import dev.naru.proving.node.TestNode;
import dev.naru.proving.node.TestNode.Resources;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.FetchRequest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that take what they can get; a good client is served all along. */
@Tag("once")
class HostileClientsIT {
  private static final Map<String, String> NONE = Map.of();

  private final Path directory = SharedNode.newDirectory("hostile");

  @BeforeEach
  void onlyNaruMakesThesePromises() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
  }

  private interface Attack {
    void run(TestNode node, Admin admin, GoodClient good) throws Exception;
  }

  private void during(Resources resources, Map<String, String> settings, Attack attack)
      throws Exception {
    try (TestNode node = TestNode.createNaru(directory, settings, resources)) {
      node.start();
      try (Admin admin = Clients.admin(node.bootstrap());
          GoodClient good =
              new GoodClient(node.bootstrap(), Clients.createTopic(admin, "good", 1))) {
        NodeProbe probe = new NodeProbe(node);
        attack.run(node, admin, good);
        System.out.println("good client: " + good.report());
        // What is there for the whole life of a node is still there.
        for (String name : List.of("naru-io-N-N", "naru-commit-N", "naru-log-maintenance")) {
          assertTrue(probe.threads().containsKey(name), () -> name + " is gone");
        }
      }
      assertEquals(0, node.stop());
      assertFalse(Files.readString(node.logFile()).contains("OutOfMemoryError"));
    }
  }

  /** Descriptors that this process may have; connections are opened accordingly. */
  private static int connections(int wanted) throws IOException {
    Matcher limit =
        Pattern.compile("Max open files\\s+(\\d+)")
            .matcher(Files.readString(Path.of("/proc/self/limits")));
    assertTrue(limit.find());
    return (int) Math.min(wanted, Long.parseLong(limit.group(1)) * 3 / 4 - 500);
  }

  private static byte[] frame(WireClient client, Uuid topic, int count) {
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
                                    .setPartitionMaxBytes(1 << 20)))));
    ByteBuffer frames = ByteBuffer.allocate(count * 200);
    for (int i = 0; i < count; i++) {
      ByteBuffer one = client.encode(new FetchRequest(data, ApiKeys.FETCH.latestVersion()));
      frames.putInt(one.remaining()).put(one);
    }
    byte[] bytes = new byte[frames.position()];
    frames.flip().get(bytes);
    return bytes;
  }

  @Test
  void fiveHundredReadersThatStopReadingTakeNoMemory() throws Exception {
    during(
        new Resources(256, 0),
        NONE,
        (node, admin, good) -> {
          String topic = Clients.createTopic(admin, "unread", 1);
          try (Producer<String, String> producer = Clients.producer(node.bootstrap())) {
            for (int i = 0; i < 50; i++) {
              producer.send(new ProducerRecord<>(topic, "x".repeat(900_000)));
            }
          }
          Uuid id =
              Clients.get(admin.describeTopics(List.of(topic)).allTopicNames())
                  .get(topic)
                  .topicId();
          NodeProbe probe = new NodeProbe(node);
          long before = probe.liveHeapBytes();
          System.out.println("before: " + good.report());
          try (Crowd readers = new Crowd(node.port());
              WireClient encoder = new WireClient(node.port())) {
            byte[] fetches = frame(encoder, id, 500);
            for (int i = 0; i < 500; i++) {
              readers.join(4096);
            }
            // Again and again, as far as the node takes them.
            for (int round = 0; round < 5; round++) {
              readers.send(fetches);
              long now = probe.liveHeapBytes();
              System.out.printf(
                  "500 readers that do not read: heap %+d MB, resident %d MB%n",
                  (now - before) >> 20, probe.residentBytes() >> 20);
              assertTrue(now - before < 64L << 20, (now - before) + " bytes more");
            }
            System.out.println("meanwhile: " + good.report());
          }
        });
  }

  @Test
  void aThousandThatDripAreGivenUpAndThousandsThatIdleAreNot() throws Exception {
    int idling = connections(10_000);
    during(
        new Resources(256, 0),
        NONE,
        (node, admin, good) -> {
          try (Crowd idle = new Crowd(node.port());
              Crowd dripping = new Crowd(node.port())) {
            for (int i = 0; i < idling; i++) {
              idle.join();
            }
            System.out.println(idling + " idle connections: " + good.report());
            for (int i = 0; i < Math.min(1000, idling); i++) {
              dripping.join();
            }
            dripping.send(ByteBuffer.allocate(4).putInt(1_000_000).array());
            long beganNs = System.nanoTime();
            Clients.await(
                "the end of those that drip",
                Duration.ofSeconds(60),
                () -> {
                  dripping.send(new byte[1]);
                  Thread.sleep(200);
                  return dripping.closedByNode() == dripping.channels().size();
                });
            System.out.printf(
                "those that drip were given up after %.1f s; resident %d MB%n",
                (System.nanoTime() - beganNs) / 1e9, new NodeProbe(node).residentBytes() >> 20);
            assertEquals(0, idle.closedByNode());
          }
        });
  }

  @Test
  void moreConnectionsThanDescriptorsLeaveTheNodeUpAndServing() throws Exception {
    during(
        new Resources(256, 1024),
        Map.of("max.connections", "5000"),
        (node, admin, good) -> {
          try (Crowd crowd = new Crowd(node.port())) {
            for (int i = 0; i < 2000; i++) {
              crowd.knock();
            }
            // New logs can be opened, and old ones written, while others stand at the door.
            Clients.createTopic(admin, "meanwhile", 50);
            System.out.println("2,000 connections on 1,024 descriptors: " + good.report());
          }
          Clients.await("a new client", () -> WireClient.serves(node.port()));
        });
  }

  @Test
  void twentyMillionTaggedFieldsAndOtherLargeClaimsEndTheConnectionAtOnce() throws Exception {
    during(
        new Resources(256, 0),
        NONE,
        (node, admin, good) -> {
          // In the header, where nobody limits them, and in the body.
          closedAtOnce(node, tagged(ApiKeys.PRODUCE.id, (short) 12, 20_000_000));
          closedAtOnce(node, tagged(ApiKeys.METADATA.id, (short) 12, 1_000_000));
          closedAtOnce(node, emptyTopics(30_000_000));
          // All with the same hash: whoever puts them into a table pays for the square.
          closedAtOnce(node, emptyTopics(90_000));
          closedAtOnce(node, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });
  }

  /** Within a second; on a machine that has other work, in one try of three. */
  private static void closedAtOnce(TestNode node, byte[] bytes) throws IOException {
    long tookMs = Long.MAX_VALUE;
    for (int i = 0; i < 3 && tookMs >= 1000; i++) {
      tookMs = Math.min(tookMs, closedAfterMs(node, bytes));
    }
    System.out.println(bytes.length + " bytes: closed after " + tookMs + " ms");
    assertTrue(tookMs < 1000, tookMs + " ms");
  }

  private static long closedAfterMs(TestNode node, byte[] bytes) throws IOException {
    try (WireClient client = new WireClient(node.port(), 30_000)) {
      try {
        client.sendBytes(bytes);
      } catch (IOException closedMeanwhile) {
        return 0;
      }
      long beganNs = System.nanoTime();
      assertEquals(0, client.drainUntilClosed());
      return (System.nanoTime() - beganNs) / 1_000_000;
    }
  }

  private static ByteBuffer header(int size, short api, short version) {
    ByteBuffer frame = ByteBuffer.allocate(size + 64);
    frame.putInt(0).putShort(api).putShort(version).putInt(1).putShort((short) -1);
    return frame;
  }

  private static byte[] sealed(ByteBuffer frame) {
    frame.putInt(0, frame.position() - 4);
    byte[] bytes = new byte[frame.position()];
    frame.flip().get(bytes);
    return bytes;
  }

  private static void varint(ByteBuffer into, int value) {
    int rest = value;
    for (; (rest & ~0x7f) != 0; rest >>>= 7) {
      into.put((byte) ((rest & 0x7f) | 0x80));
    }
    into.put((byte) rest);
  }

  private static byte[] tagged(short api, short version, int count) {
    ByteBuffer frame = header(2 * count, api, version);
    varint(frame, count);
    for (int i = 0; i < count; i++) {
      frame.put((byte) 100).put((byte) 0);
    }
    return sealed(frame);
  }

  /** A produce request of topics without a name and partitions: three bytes each. */
  private static byte[] emptyTopics(int count) {
    ByteBuffer frame = header(3 * count, ApiKeys.PRODUCE.id, (short) 12);
    frame.put((byte) 0).put((byte) 0).putShort((short) -1).putInt(1000);
    varint(frame, Math.min(count, 999_999) + 1);
    for (int i = 0; i < count; i++) {
      frame.put((byte) 1).put((byte) 1).put((byte) 0);
    }
    return sealed(frame);
  }
}

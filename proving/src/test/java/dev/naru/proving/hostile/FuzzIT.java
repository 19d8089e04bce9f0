package dev.naru.proving.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.NodeProbe;
import dev.naru.proving.node.TestNode;
import dev.naru.proving.node.TestNode.Resources;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Frames of every API in every version, with a few bytes changed, against a heap of 256 MB. A
 * quarter of a million by default, ten million with {@code -Dsoak}; {@code -Dseed} repeats a run.
 */
class FuzzIT {
  private static final int FRAMES_A_CONNECTION = 20;
  private static final int LINES_OF_A_CAUSE = 12;

  /** They would change what the test itself stands on. */
  private static final Set<ApiKeys> LEFT_OUT =
      EnumSet.of(ApiKeys.ALTER_CONFIGS, ApiKeys.INCREMENTAL_ALTER_CONFIGS, ApiKeys.DELETE_TOPICS);

  private final Path directory = SharedNode.newDirectory("fuzz");
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  @BeforeEach
  void onlyNaruMakesThesePromises() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
  }

  @Test
  void noFrameHurtsTheNode() throws Exception {
    int wanted = Integer.getInteger("frames", Boolean.getBoolean("soak") ? 10_000_000 : 250_000);
    System.out.println("fuzzing with " + wanted + " frames, seed " + seed);
    Map<String, String> settings = Map.of("auto.create.topics.enable", "false");
    try (TestNode node = TestNode.createNaru(directory, settings, new Resources(256, 0))) {
      node.start();
      try (Admin admin = Clients.admin(node.bootstrap());
          GoodClient good =
              new GoodClient(node.bootstrap(), Clients.createTopic(admin, "good", 1))) {
        String topic = Clients.createTopic(admin, "fuzzed", 1);
        List<byte[]> frames = templates(node.port(), topic);
        NodeProbe probe = new NodeProbe(node);
        // Whoever is started by the first request that needs it is there after this.
        attack(node, frames, 2000);
        SortedMap<String, Integer> threads = probe.threads();
        attack(node, frames, wanted);
        // These end when they have nothing to do.
        threads.keySet().removeIf(name -> !name.startsWith("naru-"));
        threads
            .keySet()
            .removeAll(
                Set.of(
                    "naru-worker",
                    "naru-log-reader-N",
                    "naru-group-loader",
                    "naru-transaction-loader"));
        SortedMap<String, Integer> after = probe.threads();
        threads.forEach((name, count) -> assertEquals(count, after.get(name), name));
        System.out.printf("%s; live heap %d MB%n", good.report(), probe.liveHeapBytes() >> 20);
      }
      assertTrue(WireClient.serves(node.port()));
      assertEquals(0, node.stop());
      // Whatever a client sends, it is the client's mistake and no error of the node's.
      assertEquals("", errorsWithCauses(Files.readAllLines(node.logFile())));
    }
  }

  /** With the lines behind each, for a cause that is found by chance alone is not found again. */
  private static String errorsWithCauses(List<String> lines) {
    StringBuilder errors = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(" ERROR ")) {
        int end = Math.min(i + 1 + LINES_OF_A_CAUSE, lines.size());
        lines.subList(i, end).forEach(line -> errors.append(line).append('\n'));
      }
    }
    return errors.toString();
  }

  private void attack(TestNode node, List<byte[]> frames, int wanted) throws IOException {
    for (int sent = 0; sent < wanted; sent += FRAMES_A_CONNECTION) {
      ByteBuffer burst = ByteBuffer.allocate(1 << 20);
      for (int i = 0; i < FRAMES_A_CONNECTION; i++) {
        byte[] mutant = mutant(frames.get(random.nextInt(frames.size())));
        if (burst.remaining() < mutant.length) {
          break;
        }
        burst.put(mutant);
      }
      // What waits for more, or for a group's other members, is left waiting.
      try (WireClient client = new WireClient(node.port(), 20_000)) {
        client.sendBytes(Arrays.copyOf(burst.array(), burst.position()));
        client.endOutput();
        if (random.nextInt(50) == 0) {
          client.drainUntilClosed();
        }
      } catch (SocketTimeoutException stillOpen) {
        assertTrue(node.isAlive());
      } catch (IOException closedMeanwhile) {
        assertTrue(node.isAlive());
      }
    }
  }

  /** Changes one to four places; now and then the length, too. */
  private byte[] mutant(byte[] frame) {
    byte[] mutant = frame.clone();
    ByteBuffer bytes = ByteBuffer.wrap(mutant);
    for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
      int at = random.nextInt(random.nextInt(30) == 0 ? 0 : 8, mutant.length);
      switch (random.nextInt(6)) {
        case 0 -> mutant[at] = (byte) random.nextInt();
        case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> mutant[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
        case 3 -> {
          if (at + 4 <= mutant.length) {
            int[] extremes = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 1 << 24};
            bytes.putInt(at, extremes[random.nextInt(extremes.length)]);
          }
        }
        case 4 -> {
          int length = random.nextInt(1, 1 + Math.min(16, mutant.length - at));
          int from = random.nextInt(mutant.length - length + 1);
          System.arraycopy(mutant, from, mutant, at, length);
        }
        default -> {
          if (mutant.length > 12) {
            int cut = random.nextInt(12, mutant.length);
            mutant = Arrays.copyOf(mutant, cut);
            bytes = ByteBuffer.wrap(mutant);
            bytes.putInt(0, cut - 4);
          }
        }
      }
    }
    return mutant;
  }

  private static List<byte[]> templates(int port, String topic) throws IOException {
    List<byte[]> frames = new ArrayList<>();
    try (WireClient client = new WireClient(port)) {
      ApiVersionsResponse versions =
          client.call(
              new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0),
              ApiVersionsResponse.class);
      for (ApiVersion served : versions.data().apiKeys()) {
        ApiKeys api = ApiKeys.forId(served.apiKey());
        if (LEFT_OUT.contains(api)) {
          continue;
        }
        for (short v = served.minVersion(); v <= served.maxVersion(); v++) {
          add(frames, api, v, api.messageType.newRequest());
          for (ApiMessage filled : filled(topic)) {
            if (filled.apiKey() == api.id) {
              // Several times, for they have more to change.
              for (int i = 0; i < 4; i++) {
                add(frames, api, v, filled);
              }
            }
          }
        }
      }
    }
    return frames;
  }

  private static void add(List<byte[]> frames, ApiKeys api, short version, ApiMessage data) {
    try {
      ByteBuffer body = MessageUtil.toByteBufferAccessor(data, version).buffer();
      RequestHeaderData header =
          new RequestHeaderData()
              .setRequestApiKey(api.id)
              .setRequestApiVersion(version)
              .setClientId("fuzz")
              .setCorrelationId(7);
      ByteBuffer head =
          MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion(version)).buffer();
      ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + body.remaining());
      frame.putInt(frame.capacity() - 4).put(head).put(body);
      frames.add(frame.array());
    } catch (RuntimeException notInThisVersion) {
      // What is set is no part of this version, or what it needs is not set.
    }
  }

  private static List<ApiMessage> filled(String topic) {
    List<ApiMessage> filled = new ArrayList<>();
    SimpleRecord record =
        new SimpleRecord(
            1,
            "k".getBytes(StandardCharsets.UTF_8),
            "value".repeat(20).getBytes(StandardCharsets.UTF_8));
    for (Compression codec : List.of(Compression.NONE, Compression.lz4().build())) {
      filled.add(
          new ProduceRequestData()
              .setAcks((short) -1)
              .setTimeoutMs(1000)
              .setTopicData(
                  new ProduceRequestData.TopicProduceDataCollection(
                      List.of(
                              new ProduceRequestData.TopicProduceData()
                                  .setName(topic)
                                  .setPartitionData(
                                      List.of(
                                          new ProduceRequestData.PartitionProduceData()
                                              .setRecords(
                                                  MemoryRecords.withRecords(codec, record)))))
                          .iterator())));
    }
    filled.add(
        new FetchRequestData()
            .setMaxWaitMs(10)
            .setMinBytes(1)
            .setTopics(
                List.of(
                    new FetchRequestData.FetchTopic()
                        .setTopic(topic)
                        .setPartitions(
                            List.of(
                                new FetchRequestData.FetchPartition()
                                    .setPartitionMaxBytes(1000))))));
    filled.add(
        new MetadataRequestData()
            .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName(topic))));
    filled.add(
        new ListOffsetsRequestData()
            .setTopics(
                List.of(
                    new ListOffsetsRequestData.ListOffsetsTopic()
                        .setName(topic)
                        .setPartitions(
                            List.of(
                                new ListOffsetsRequestData.ListOffsetsPartition()
                                    .setTimestamp(1))))));
    filled.add(new FindCoordinatorRequestData().setKey("group"));
    filled.add(
        new JoinGroupRequestData()
            .setGroupId("group")
            .setProtocolType("consumer")
            .setSessionTimeoutMs(6000)
            .setProtocols(
                new JoinGroupRequestData.JoinGroupRequestProtocolCollection(
                    List.of(
                            new JoinGroupRequestData.JoinGroupRequestProtocol()
                                .setName("range")
                                .setMetadata(new byte[20]))
                        .iterator())));
    filled.add(new HeartbeatRequestData().setGroupId("group").setMemberId("m"));
    filled.add(
        new OffsetCommitRequestData()
            .setGroupId("group")
            .setTopics(
                List.of(
                    new OffsetCommitRequestData.OffsetCommitRequestTopic()
                        .setName(topic)
                        .setPartitions(
                            List.of(
                                new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                    .setCommittedOffset(5))))));
    filled.add(new OffsetFetchRequestData().setGroupId("group"));
    filled.add(
        new InitProducerIdRequestData().setTransactionalId("t").setTransactionTimeoutMs(1000));
    return filled;
  }
}

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
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Batches of some kilobytes that inflate to a gigabyte, with every codec, against a small heap. */
class BombsIT {
  private static final int GIGABYTE = 1 << 30;
  private static final int RECORDS_AT = 61;

  private final Path directory = SharedNode.newDirectory("bombs");

  @BeforeEach
  void onlyNaruMakesThesePromises() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
  }

  @Test
  void noBatchInflatesTheHeap() throws Exception {
    Map<String, String> settings = Map.of("log.cleaner.backoff.ms", "500");
    try (TestNode node = TestNode.createNaru(directory, settings, new Resources(256, 0))) {
      node.start();
      try (Admin admin = Clients.admin(node.bootstrap());
          GoodClient good =
              new GoodClient(node.bootstrap(), Clients.createTopic(admin, "good", 1))) {
        String size = Integer.toString(100 << 20);
        String compacted =
            Clients.createTopic(
                admin, "compacted", 1, "cleanup.policy", "compact", "max.message.bytes", size);
        String inflating =
            Clients.createTopic(
                admin,
                "inflating",
                1,
                "compression.type",
                "uncompressed",
                "max.message.bytes",
                size);
        String plain =
            Clients.createTopic(
                admin,
                "plain",
                1,
                "max.message.bytes",
                size,
                "segment.ms",
                "1000",
                "retention.ms",
                "-1");
        for (CompressionType codec : CompressionType.values()) {
          if (codec == CompressionType.NONE) {
            continue;
          }
          for (int records : new int[] {1, 1000}) {
            ByteBuffer bomb = bomb(codec, records);
            assertEquals(Errors.INVALID_RECORD, produce(node, compacted, bomb), codec.name);
            Errors inflated = produce(node, inflating, bomb);
            assertTrue(
                inflated == Errors.INVALID_RECORD || inflated == Errors.MESSAGE_TOO_LARGE,
                () -> codec.name + ": " + inflated);
            // Nobody needs to look inside, here: it is the consumer's to inflate.
            assertEquals(Errors.NONE, produce(node, plain, bomb), codec.name);
          }
          System.out.println(codec.name + ": " + good.report());
        }
        lookInside(node, admin, plain);
        System.out.println("looked inside: " + good.report());
        NodeProbe probe = new NodeProbe(node);
        assertTrue(probe.threads().containsKey("naru-compaction"));
        assertTrue(probe.threads().containsKey("naru-log-maintenance"));
        System.out.printf("resident %d MB%n", probe.residentBytes() >> 20);
      }
      assertTrue(node.isAlive());
      assertFalse(Files.readString(node.logFile()).contains("OutOfMemoryError"));
    }
  }

  /** What is stored already is looked into by who asks for a time, and by compaction. */
  private static void lookInside(TestNode node, Admin admin, String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    Throwable refused =
        Clients.errorOf(admin.listOffsets(Map.of(partition, OffsetSpec.forTimestamp(500))).all());
    System.out.println("asked for a time: " + refused);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp op =
        new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET);
    AlterConfigOp dirty =
        new AlterConfigOp(
            new ConfigEntry("min.cleanable.dirty.ratio", "0.01"), AlterConfigOp.OpType.SET);
    Clients.get(admin.incrementalAlterConfigs(Map.of(resource, List.of(op, dirty))).all());
    Clients.await(
        "compaction that gives the topic up",
        () -> Files.readString(node.logFile()).contains("is not compacted until"));
  }

  private static Errors produce(TestNode node, String topic, ByteBuffer batch) throws IOException {
    ProduceRequestData.PartitionProduceData partition =
        new ProduceRequestData.PartitionProduceData()
            .setIndex(0)
            .setRecords(MemoryRecords.readableRecords(batch.duplicate()));
    ProduceRequestData.TopicProduceData topicData =
        new ProduceRequestData.TopicProduceData()
            .setName(topic)
            .setPartitionData(List.of(partition));
    ProduceRequestData data =
        new ProduceRequestData()
            .setAcks((short) -1)
            .setTimeoutMs(30_000)
            .setTopicData(
                new ProduceRequestData.TopicProduceDataCollection(List.of(topicData).iterator()));
    try (WireClient client = new WireClient(node.port(), 60_000)) {
      long beganNs = System.nanoTime();
      ProduceResponse response =
          client.call(new ProduceRequest(data, (short) 12), ProduceResponse.class);
      Errors error =
          Errors.forCode(
              response
                  .data()
                  .responses()
                  .iterator()
                  .next()
                  .partitionResponses()
                  .get(0)
                  .errorCode());
      System.out.printf(
          "%d bytes to %s: %s after %.0f ms%n",
          batch.remaining(), topic, error, (System.nanoTime() - beganNs) / 1e6);
      return error;
    }
  }

  /** A batch of zeros, built without ever having them all in memory. */
  private static ByteBuffer bomb(CompressionType codec, int records) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = compressing(codec, compressed)) {
      writeRecords(out, records);
    }
    ByteBuffer batch = ByteBuffer.allocate(RECORDS_AT + compressed.size());
    batch.putLong(0).putInt(batch.capacity() - 12).putInt(-1).put((byte) 2).putInt(0);
    batch.putShort((short) codec.id).putInt(records - 1).putLong(1000).putLong(1000);
    batch.putLong(-1).putShort((short) -1).putInt(-1).putInt(records).put(compressed.toByteArray());
    batch.flip();
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(21));
    batch.putInt(17, (int) crc.getValue());
    return batch;
  }

  private static OutputStream compressing(CompressionType codec, ByteArrayOutputStream into)
      throws IOException {
    if (codec == CompressionType.GZIP) {
      return new GZIPOutputStream(into, 1 << 16);
    }
    ByteBufferOutputStream buffer = new ByteBufferOutputStream(64 << 20);
    OutputStream out = Compression.of(codec).build().wrapForOutput(buffer, (byte) 2);
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        out.write(value);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() throws IOException {
        out.close();
        ByteBuffer written = buffer.buffer().flip();
        into.write(written.array(), written.arrayOffset(), written.remaining());
      }
    };
  }

  private static void writeRecords(OutputStream to, int records) throws IOException {
    DataOutputStream out = new DataOutputStream(to);
    byte[] zeros = new byte[1 << 16];
    int valueBytes = GIGABYTE / records;
    for (int i = 0; i < records; i++) {
      byte[] key = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
      int body =
          1
              + ByteUtils.sizeOfVarlong(0)
              + ByteUtils.sizeOfVarint(i)
              + ByteUtils.sizeOfVarint(key.length)
              + key.length
              + ByteUtils.sizeOfVarint(valueBytes)
              + valueBytes
              + 1;
      ByteUtils.writeVarint(body, out);
      out.write(0);
      ByteUtils.writeVarlong(0, out);
      ByteUtils.writeVarint(i, out);
      ByteUtils.writeVarint(key.length, out);
      out.write(key);
      ByteUtils.writeVarint(valueBytes, out);
      for (int left = valueBytes; left > 0; left -= zeros.length) {
        out.write(zeros, 0, Math.min(left, zeros.length));
      }
      ByteUtils.writeVarint(0, out);
    }
  }
}

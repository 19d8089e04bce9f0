package dev.naru.proving.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that no client should send: the connection ends, and nobody else notices. */
class BadFramesIT {
  private final TestNode node = SharedNode.get();

  @AfterEach
  void othersAreServed() {
    assertTrue(node.isAlive(), "the process is up");
    assertTrue(WireClient.serves(node.port()), "a good client is served");
  }

  private WireClient connect() throws IOException {
    return new WireClient(node.port());
  }

  private static byte[] length(int length) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(length).array();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 200 << 20, Integer.MAX_VALUE})
  void aFrameOfAnImpossibleLengthClosesTheConnection(int length) throws Exception {
    try (WireClient client = connect()) {
      client.sendBytes(length(length));
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @Test
  void anHttpRequestClosesTheConnection() throws Exception {
    try (WireClient client = connect()) {
      client.sendBytes(
          "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      client.drainUntilClosed();
    }
  }

  @Test
  void aFrameThatEndsTooEarlyIsForgotten() throws Exception {
    try (WireClient client = connect()) {
      client.sendBytes(length(100));
      client.sendBytes(new byte[50]);
      client.endOutput();
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @ParameterizedTest
  @ValueSource(shorts = {-1, 999, 4, 5, 6, 7, Short.MAX_VALUE})
  void anApiThatIsNotForClientsClosesTheConnection(short key) throws Exception {
    try (WireClient client = connect()) {
      client.sendFrame(
          ByteBuffer.allocate(14)
              .putShort(key)
              .putShort((short) 0)
              .putInt(1)
              .putShort((short) -1)
              .putInt(0)
              .flip());
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @ParameterizedTest
  @ValueSource(shorts = {-1, 99, Short.MAX_VALUE})
  void aVersionThatIsNotThereClosesTheConnection(short version) throws Exception {
    try (WireClient client = connect()) {
      client.sendFrame(
          ByteBuffer.allocate(14)
              .putShort(ApiKeys.METADATA.id)
              .putShort(version)
              .putInt(1)
              .putShort((short) -1)
              .putInt(0)
              .flip());
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @Test
  void askingForVersionsInAVersionThatIsNotThereSaysWhichAre() throws Exception {
    try (WireClient client = connect()) {
      ByteBuffer frame =
          client.encode(new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 3));
      frame.putShort(2, (short) 99);
      client.sendFrame(frame);
      ByteBuffer answer = client.readFrame();
      answer.getInt();
      ApiVersionsResponseData data =
          new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 0);
      assertEquals(Errors.UNSUPPORTED_VERSION.code(), data.errorCode());
      assertTrue(data.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion() >= 3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MAX_VALUE, 1 << 24, 1_000})
  void anArrayOfAnImpossibleCountClosesTheConnection(int count) throws Exception {
    try (WireClient client = connect()) {
      ByteBuffer frame = ByteBuffer.allocate(64);
      frame.putShort(ApiKeys.METADATA.id).putShort((short) 4).putInt(1).putShort((short) -1);
      client.sendFrame(frame.putInt(count).put((byte) 0).flip());
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @Test
  void aCompactArrayOfAnImpossibleCountClosesTheConnection() throws Exception {
    try (WireClient client = connect()) {
      ByteBuffer frame = ByteBuffer.allocate(64);
      frame
          .putShort(ApiKeys.METADATA.id)
          .putShort((short) 12)
          .putInt(1)
          .putShort((short) -1)
          .put((byte) 0);
      client.sendFrame(frame.put(new byte[] {-1, -1, -1, -1, 7, 0, 0, 0}).flip());
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @Test
  void tooManyTaggedFieldsCloseTheConnection() throws Exception {
    try (WireClient client = connect()) {
      ByteBuffer frame = ByteBuffer.allocate(64);
      frame.putShort(ApiKeys.API_VERSIONS.id).putShort((short) 3).putInt(1).putShort((short) -1);
      client.sendFrame(frame.put(new byte[] {-1, -1, -1, -1, 7, 0, 0}).flip());
      assertEquals(0, client.drainUntilClosed());
    }
  }

  @Test
  void mutatedFramesNeverHurtTheProcess() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<ByteBuffer> frames = new ArrayList<>();
    try (WireClient client = connect()) {
      MetadataRequestData metadata =
          new MetadataRequestData()
              .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName("mutant")))
              .setAllowAutoTopicCreation(false);
      frames.add(client.encode(new MetadataRequest(metadata, (short) 12)));
      frames.add(client.encode(new MetadataRequest(metadata, (short) 4)));
      frames.add(client.encode(new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 3)));
    }
    for (int i = 0; i < 500; i++) {
      ByteBuffer frame = frames.get(random.nextInt(frames.size()));
      byte[] mutant = new byte[frame.remaining()];
      frame.duplicate().get(mutant);
      for (int m = random.nextInt(4); m >= 0; m--) {
        mutant[4 + random.nextInt(mutant.length - 4)] = (byte) random.nextInt();
      }
      try (WireClient client = new WireClient(node.port(), 200)) {
        client.sendFrame(ByteBuffer.wrap(mutant));
        client.endOutput();
        client.drainUntilClosed();
      } catch (SocketTimeoutException stillOpen) {
        // An answer that takes its time is as good as any other.
        assertTrue(node.isAlive());
      }
    }
    assertFalse(java.nio.file.Files.readString(node.logFile()).contains("OutOfMemoryError"));
  }
}

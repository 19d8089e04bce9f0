package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.api.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Frames in, frames out: what a client sees of one connection. */
class ConnectionSessionTest {
  private static final short HEARTBEAT_VERSION = 4;

  private final List<Request> requests = new ArrayList<>();
  private final ApiTable[] table = new ApiTable[1];
  private final ApiVersionsHandler versions = new ApiVersionsHandler(() -> table[0], (short) 25);
  private final EmbeddedChannel channel = connect(1 << 20);

  private EmbeddedChannel connect(int maxFrameBytes) {
    ApiHandler collecting =
        new ApiHandler() {
          @Override
          public ApiKeys api() {
            return ApiKeys.HEARTBEAT;
          }

          @Override
          public void handle(Request request) {
            requests.add(request);
          }
        };
    table[0] = new ApiTable(List.of(collecting, versions));
    FrameGate gate = new FrameGate(maxFrameBytes);
    return new EmbeddedChannel(
        gate,
        new ConnectionSession(
            table[0],
            versions,
            new InFlightBudget(1 << 20),
            new AnswerQueue(Runnable::run),
            gate)) {
      @Override
      protected SocketAddress remoteAddress0() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711);
      }
    };
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf heartbeat(int correlationId) {
    HeartbeatRequest request =
        new HeartbeatRequest.Builder(
                new HeartbeatRequestData().setGroupId("g").setMemberId("m").setGenerationId(1))
            .build(HEARTBEAT_VERSION);
    RequestHeader header =
        new RequestHeader(ApiKeys.HEARTBEAT, HEARTBEAT_VERSION, "client", correlationId);
    return framed(request.serializeWithHeader(header));
  }

  private static ByteBuf framed(ByteBuffer body) {
    return Unpooled.buffer().writeInt(body.remaining()).writeBytes(body);
  }

  private Integer nextCorrelationId() {
    ByteBuf out = channel.readOutbound();
    if (out == null) {
      return null;
    }
    int correlationId = out.getInt(4);
    assertEquals(out.readableBytes() - 4, out.getInt(0), "a frame says its own size");
    out.release();
    return correlationId;
  }

  @Test
  void aRequestStartsOnlyWhenTheOneBeforeIsOrdered() {
    channel.writeInbound(Unpooled.wrappedBuffer(heartbeat(1), heartbeat(2)));
    assertEquals(1, requests.size());

    requests.get(0).ordered();

    assertEquals(2, requests.size());
  }

  @Test
  void answersLeaveInTheOrderOfTheRequests() {
    channel.writeInbound(Unpooled.wrappedBuffer(heartbeat(1), heartbeat(2)));
    requests.get(0).ordered();

    requests.get(1).respond(new HeartbeatResponseData());
    assertNull(nextCorrelationId());

    requests.get(0).respond(new HeartbeatResponseData());
    assertEquals(1, nextCorrelationId());
    assertEquals(2, nextCorrelationId());
  }

  @Test
  void aFrameMayArriveByteByByte() {
    ByteBuf frame = heartbeat(7);
    while (frame.isReadable()) {
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {frame.readByte()}));
    }
    frame.release();

    requests.get(0).respond(new HeartbeatResponseData());

    assertEquals(7, nextCorrelationId());
  }

  @Test
  void aFrameThatIsTooLargeClosesTheConnectionBeforeItIsSent() {
    channel.writeInbound(Unpooled.buffer().writeInt((1 << 20) + 1));

    assertFalse(channel.isOpen());
  }

  @Test
  void aNegativeSizeClosesTheConnection() {
    channel.writeInbound(Unpooled.buffer().writeInt(-1));

    assertFalse(channel.isOpen());
  }

  @Test
  void anHttpRequestClosesTheConnection() {
    channel.writeInbound(
        Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8)));

    assertFalse(channel.isOpen());
  }

  @Test
  void anUnknownApiClosesTheConnection() {
    channel.writeInbound(Unpooled.buffer().writeInt(8).writeShort(999).writeShort(0).writeInt(1));

    assertFalse(channel.isOpen());
  }

  @Test
  void anArrayLargerThanTheFrameClosesTheConnection() {
    ByteBuffer body = ByteBuffer.allocate(64);
    body.putShort(ApiKeys.HEARTBEAT.id).putShort((short) 0).putInt(1).putShort((short) -1);
    body.putShort((short) 32_000);
    body.flip();

    channel.writeInbound(framed(body));

    assertFalse(channel.isOpen());
    assertTrue(requests.isEmpty());
  }

  @Test
  void aNewerApiVersionsRequestIsAnsweredInVersion0() {
    channel.writeInbound(
        Unpooled.buffer()
            .writeInt(12)
            .writeShort(ApiKeys.API_VERSIONS.id)
            .writeShort(99)
            .writeInt(5)
            .writeShort(-1)
            .writeShort(0));

    ByteBuf out = channel.readOutbound();
    ByteBuffer answer = out.nioBuffer(8, out.readableBytes() - 8);
    ApiVersionsResponseData data =
        new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 0);
    assertEquals(Errors.UNSUPPORTED_VERSION.code(), data.errorCode());
    assertTrue(data.apiKeys().find(ApiKeys.HEARTBEAT.id) != null);
    out.release();
  }
}

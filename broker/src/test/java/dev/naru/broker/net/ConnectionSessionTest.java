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
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
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
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
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
  private final ConnectionSweep sweep = new ConnectionSweep(600_000);
  private final InFlightBudget budget = new InFlightBudget(1 << 20);
  private final EmbeddedChannel channel = connect(1 << 20);

  private ApiHandler collecting(ApiKeys api) {
    return new ApiHandler() {
      @Override
      public ApiKeys api() {
        return api;
      }

      @Override
      public void handle(Request request) {
        requests.add(request);
      }
    };
  }

  private EmbeddedChannel connect(int maxFrameBytes) {
    table[0] =
        new ApiTable(List.of(collecting(ApiKeys.HEARTBEAT), collecting(ApiKeys.PRODUCE), versions));
    FrameGate gate = new FrameGate(maxFrameBytes);
    return new EmbeddedChannel(
        gate,
        new ConnectionSession(
            table[0],
            versions,
            budget,
            new LoopParts(new AnswerQueue(Runnable::run), sweep),
            gate,
            NettyFrontTest.PLAIN,
            null)) {
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

  private void seconds(int count) {
    for (int i = 0; i < count; i++) {
      sweep.run();
    }
  }

  @Test
  void aSilentConnectionIsClosedAfterItsTime() {
    seconds(599);
    channel.writeInbound(heartbeat(1));
    requests.get(0).respond(new HeartbeatResponseData());
    seconds(599);
    assertTrue(channel.isActive());
    seconds(2);
    assertFalse(channel.isActive());
  }

  @Test
  void aConnectionWhoseRequestIsInTheWorksIsNotIdle() {
    channel.writeInbound(heartbeat(1));
    seconds(1000);
    assertTrue(channel.isActive());
  }

  @Test
  void aRequestThatDripsInIsGivenUp() {
    channel.writeInbound(Unpooled.buffer().writeInt(100_000));
    int lived = 0;
    while (channel.isActive() && lived < 100) {
      channel.writeInbound(Unpooled.buffer().writeByte(0));
      seconds(1);
      lived++;
    }
    assertTrue(lived <= 30, lived + " s");
  }

  /** The loop has counted many seconds when a client connects, and its first request is cut. */
  @Test
  void aRequestThatIsUnderWayAtTheFirstLookIsNotSlow() {
    seconds(1000);
    EmbeddedChannel late = connect(1 << 20);
    ByteBuf frame = heartbeat(7);
    late.writeInbound(frame.readRetainedSlice(5));

    seconds(2);
    late.writeInbound(frame);

    assertTrue(late.isActive());
    assertEquals(1, requests.size());
    late.finishAndReleaseAll();
  }

  @Test
  void aLargeRequestOverASlowLineIsNot() {
    channel.writeInbound(Unpooled.buffer().writeInt(1 << 20));
    for (int i = 0; i < 100; i++) {
      channel.writeInbound(Unpooled.buffer().writeZero(2000));
      seconds(1);
    }
    assertTrue(channel.isActive());
  }

  @Test
  void aClientThatDoesNotReadItsAnswersIsNotReadEither() {
    EmbeddedChannel deaf = channel;
    deaf.pipeline().addFirst(new Stuck());
    for (int i = 0; i < 100; i++) {
      deaf.writeInbound(heartbeat(i));
      Request last = requests.get(requests.size() - 1);
      last.respond(new HeartbeatResponseData());
      if (!deaf.config().isAutoRead()) {
        break;
      }
    }
    assertFalse(deaf.config().isAutoRead());
    assertTrue(requests.size() <= 64, requests.size() + " answers pile up");

    deaf.pipeline().get(Stuck.class).letGo();
    assertTrue(deaf.config().isAutoRead());
  }

  /** A socket whose buffer is full. */
  private static final class Stuck extends ChannelOutboundHandlerAdapter {
    private final List<ChannelPromise> stuck = new ArrayList<>();

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ReferenceCountUtil.release(message);
      stuck.add(promise);
    }

    void letGo() {
      stuck.forEach(ChannelPromise::setSuccess);
    }
  }

  @Test
  void aRequestOfMillionsOfValuesIsRefused() {
    ByteBuf frame = Unpooled.buffer().writeInt(0);
    frame.writeShort(ApiKeys.HEARTBEAT.id).writeShort(HEARTBEAT_VERSION).writeInt(1).writeShort(-1);
    // Tagged fields of the header: so many of them, each one empty.
    for (int digit : new int[] {0x80, 0x80, 0x80, 0x01}) {
      frame.writeByte(digit);
    }
    for (int i = 0; i < 1 << 21; i++) {
      frame.writeByte(100).writeByte(0);
    }
    frame.setInt(0, frame.readableBytes() - 4);
    EmbeddedChannel large = connect(100 << 20);
    large.writeInbound(frame);
    assertFalse(large.isActive());
    assertTrue(requests.isEmpty());
  }

  @Test
  void nothingOfAConnectionIsServedAfterARequestThatIsNone() {
    ByteBuf bad = Unpooled.buffer().writeInt(8).writeShort(9999).writeShort(0).writeInt(0);
    channel.writeInbound(Unpooled.wrappedBuffer(bad, heartbeat(2)));
    assertFalse(channel.isActive());
    assertTrue(requests.isEmpty());
  }

  /** A burst of more requests than may be in the works: the rest is taken when there is room. */
  @Test
  void whatWasHeldBackIsAnsweredWithoutAnotherRead() {
    int sent = 300;
    ByteBuf burst = Unpooled.buffer();
    for (int i = 1; i <= sent; i++) {
      ByteBuf frame = heartbeat(i);
      burst.writeBytes(frame);
      frame.release();
    }
    channel.writeInbound(burst);

    for (int i = 0; i < requests.size(); i++) {
      requests.get(i).respond(new HeartbeatResponseData());
    }

    for (int i = 1; i <= sent; i++) {
      assertEquals(i, nextCorrelationId());
    }
  }

  /** What Kafka's own class needs for its answer is missing, and the request ends nevertheless. */
  @Test
  void aRequestToWhichNoAnswerCanBeMadeGivesItsBytesBack() {
    ProduceRequestData data = new ProduceRequestData().setAcks((short) 1);
    data.topicData()
        .add(
            new TopicProduceData()
                .setName("t")
                .setPartitionData(List.of(new PartitionProduceData().setRecords(null))));
    ByteBuffer body = MessageUtil.toByteBufferAccessor(data, (short) 9).buffer();
    RequestHeaderData header =
        new RequestHeaderData()
            .setRequestApiKey(ApiKeys.PRODUCE.id)
            .setRequestApiVersion((short) 9)
            .setClientId("client");
    ByteBuffer head = MessageUtil.toByteBufferAccessor(header, (short) 2).buffer();
    channel.writeInbound(
        Unpooled.buffer()
            .writeInt(head.remaining() + body.remaining())
            .writeBytes(head)
            .writeBytes(body));

    assertTrue(budget.usedBytes() > 0);

    requests.get(0).fail(new IllegalStateException("whatever"));

    assertFalse(channel.isActive());
    assertEquals(0, budget.usedBytes());
  }
}

package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.api.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;

/** Answers that other threads completed reach their connections in one go. */
class AnswerQueueTest {
  private final ArrayDeque<Runnable> loop = new ArrayDeque<>();
  private final AnswerQueue answers = new AnswerQueue(loop::add);

  /** One client: its connection, the requests that it sent, and how often it was flushed. */
  private final class Client extends ChannelOutboundHandlerAdapter {
    final List<Exchange> requests = new ArrayList<>();
    final EmbeddedChannel channel;
    int flushes;

    Client() {
      ApiHandler collecting =
          new ApiHandler() {
            @Override
            public ApiKeys api() {
              return ApiKeys.HEARTBEAT;
            }

            @Override
            public void handle(Request request) {
              requests.add((Exchange) request);
              request.ordered();
            }
          };
      ApiTable table = new ApiTable(List.of(collecting));
      FrameGate gate = new FrameGate(1 << 20);
      ConnectionSession session =
          new ConnectionSession(
              table,
              new ApiVersionsHandler(() -> table, (short) 25),
              new InFlightBudget(1 << 20),
              new LoopParts(answers, new ConnectionSweep(60_000)),
              gate,
              NettyFrontTest.PLAIN,
              null);
      channel =
          new EmbeddedChannel(this, gate, session) {
            @Override
            protected SocketAddress remoteAddress0() {
              return new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711);
            }
          };
    }

    @Override
    public void flush(ChannelHandlerContext context) {
      flushes++;
      context.flush();
    }

    void send(int correlationId) {
      HeartbeatRequest request =
          new HeartbeatRequest.Builder(
                  new HeartbeatRequestData().setGroupId("g").setMemberId("m").setGenerationId(1))
              .build((short) 4);
      var bytes =
          request.serializeWithHeader(
              new RequestHeader(ApiKeys.HEARTBEAT, (short) 4, "client", correlationId));
      channel.writeInbound(
          Unpooled.buffer().writeInt(bytes.remaining()).writeBytes(bytes.duplicate()));
    }

    void answer(int index) {
      Exchange exchange = requests.get(index);
      exchange.response = new HeartbeatResponseData();
      answers.add(exchange);
    }

    Integer nextCorrelationId() {
      ByteBuf out = channel.readOutbound();
      if (out == null) {
        return null;
      }
      int correlationId = out.getInt(4);
      out.release();
      return correlationId;
    }
  }

  private void runLoop() {
    while (!loop.isEmpty()) {
      loop.poll().run();
    }
  }

  @Test
  void manyAnswersAreOneTaskAndOneFlushForEachConnection() {
    Client one = new Client();
    Client two = new Client();
    for (int i = 1; i <= 3; i++) {
      one.send(i);
      two.send(i);
    }
    for (int i : new int[] {2, 0, 1}) {
      one.answer(i);
      two.answer(i);
    }

    assertEquals(1, loop.size(), "tasks for the event loop");
    runLoop();

    assertEquals(1, one.flushes);
    assertEquals(1, two.flushes);
    for (int i = 1; i <= 3; i++) {
      assertEquals(i, one.nextCorrelationId());
      assertEquals(i, two.nextCorrelationId());
    }
  }

  @Test
  void anAnswerWhoseTurnItIsNotIsHeldBack() {
    Client client = new Client();
    client.send(1);
    client.send(2);

    client.answer(1);
    runLoop();
    assertNull(client.nextCorrelationId());

    client.answer(0);
    runLoop();
    assertEquals(1, client.nextCorrelationId());
    assertEquals(2, client.nextCorrelationId());
  }

  @Test
  void whatIsAddedAfterADeliveryIsDeliveredToo() {
    Client client = new Client();
    client.send(1);
    client.send(2);
    client.answer(0);
    runLoop();
    client.answer(1);
    runLoop();

    assertEquals(1, client.nextCorrelationId());
    assertEquals(2, client.nextCorrelationId());
  }

  @Test
  void aConnectionThatCannotTakeItsAnswerDoesNotKeepThoseOfOthers() {
    Client broken = new Client();
    Client good = new Client();
    broken.send(1);
    good.send(1);
    broken.requests.get(0).response = new org.apache.kafka.common.message.FetchResponseData();
    answers.add(broken.requests.get(0));
    good.answer(0);

    runLoop();

    assertEquals(1, good.nextCorrelationId());
  }
}

package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bytes that arrive in pieces of any size become the frames that were sent. */
class FrameReceiverTest {
  private static final int MAX_FRAME_BYTES = 1 << 20;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final FrameGate gate = new FrameGate(MAX_FRAME_BYTES);
  private final EmbeddedChannel channel = new EmbeddedChannel(gate);

  @SuppressWarnings("deprecation") // The type that Netty itself hands out.
  private final RecvByteBufAllocator.Handle handle = new FrameReceiver(gate).newHandle();

  FrameReceiverTest() {
    channel.config().setAllocator(allocator);
  }

  /** One read, as the transport does it: at most {@code most} bytes, or what fits. */
  private void receive(ByteBuf wire, int most) {
    ByteBuf into = handle.allocate(allocator);
    int bytes = Math.min(Math.min(most, into.writableBytes()), wire.readableBytes());
    into.writeBytes(wire, bytes);
    handle.attemptedBytesRead(into.writableBytes() + bytes);
    handle.lastBytesRead(bytes);
    if (bytes == 0) {
      into.release();
    } else {
      channel.writeInbound(into);
    }
  }

  private static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void framesOfAllSizesInPiecesOfAllSizes() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      ByteBuf wire = Unpooled.buffer();
      List<byte[]> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        byte[] frame = random(random, random.nextInt(1 << random.nextInt(1, 19)));
        wire.writeInt(frame.length).writeBytes(frame);
        sent.add(frame);
      }

      while (wire.isReadable()) {
        receive(wire, random.nextInt(1 << random.nextInt(1, 18)));
      }

      for (byte[] frame : sent) {
        ByteBuf received = channel.readInbound();
        assertEquals(Unpooled.wrappedBuffer(frame), received, "seed " + seed);
        received.release();
      }
      assertTrue(gate.betweenFrames());
    }
    channel.finish();
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes that nobody released");
  }

  @Test
  void theRestOfALargeFrameIsReceivedInPlace() {
    ByteBuf wire = Unpooled.buffer().writeInt(MAX_FRAME_BYTES).writeZero(MAX_FRAME_BYTES);
    receive(wire, 1000);

    ByteBuf room = handle.allocate(allocator);

    assertTrue(room.capacity() > 32 << 10, "received into pieces of " + room.capacity());
    room.release();
    channel.finish();
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes that nobody released");
  }

  @Test
  void anAnnouncedFrameCostsNoMemoryBeforeItArrives() {
    receive(Unpooled.buffer().writeInt(MAX_FRAME_BYTES), 4);

    assertTrue(allocator.metric().usedDirectMemory() <= 64 << 10);
    channel.finish();
  }

  @Test
  void aConnectionThatClosesInTheMiddleOfAFrameLeaksNothing() {
    receive(Unpooled.buffer().writeInt(500_000).writeZero(300_000), 100_000);
    receive(Unpooled.buffer().writeZero(10_000), 10_000);

    channel.close();

    assertFalse(channel.isOpen());
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes that nobody released");
  }
}

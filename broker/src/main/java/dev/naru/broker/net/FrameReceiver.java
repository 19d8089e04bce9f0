package dev.naru.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Says where a connection's bytes are received: the rest of a frame in the frame itself, anything
 * else in a buffer whose size follows what arrives. One for each connection; event loop only.
 */
final class FrameReceiver extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int SMALLEST_BYTES = 2 << 10;
  private static final int LARGEST_BYTES = 64 << 10;

  private final FrameGate gate;

  FrameReceiver(FrameGate gate) {
    this.gate = gate;
  }

  @Override
  @SuppressWarnings("deprecation") // Netty's own subclasses implement it; there is no other way.
  public Handle newHandle() {
    return new Receiving();
  }

  private final class Receiving extends MaxMessageHandle {
    private int bytes = SMALLEST_BYTES;
    private boolean smallBefore;
    private boolean restOfFrame;

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      ByteBuf room = gate.room();
      restOfFrame = room != null;
      return restOfFrame ? room : allocator.directBuffer(bytes);
    }

    @Override
    public int guess() {
      return bytes;
    }

    /** Grows at once, and shrinks when two reads in a row would have fitted into half. */
    @Override
    public void lastBytesRead(int received) {
      super.lastBytesRead(received);
      if (restOfFrame || received <= 0) {
        return;
      }
      if (received == bytes) {
        bytes = Math.min(LARGEST_BYTES, bytes * 2);
        smallBefore = false;
      } else if (received > bytes / 2) {
        smallBefore = false;
      } else if (smallBefore) {
        bytes = Math.max(SMALLEST_BYTES, bytes / 2);
        smallBefore = false;
      } else {
        smallBefore = true;
      }
    }
  }
}

package dev.naru.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the byte stream into frames: four bytes of size, then that many bytes. The size is checked
 * before anything is allocated, and memory grows only with bytes that arrived. A frame that came in
 * one read is passed on as a slice of what was read, without a copy; the rest of a frame that did
 * not is received straight into the frame ({@link FrameReceiver}).
 *
 * <p>Runs on the connection's event loop.
 */
final class FrameGate extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(FrameGate.class);
  private static final int FIRST_ALLOCATION_BYTES = 64 * 1024;

  /** A frame that is not complete must bring so many bytes in so many seconds: 1 KiB a second. */
  private static final int WINDOW_SECONDS = 20;

  private static final int WINDOW_BYTES_MIN = WINDOW_SECONDS * 1024;

  private final int maxFrameBytes;
  private final byte[] sizeBytes = new byte[4];
  private int sizeBytesRead;
  private int frameBytes;
  private ByteBuf partial;

  /** The part of {@link #partial} that was given to be received into; null when there is none. */
  private ByteBuf lent;

  private boolean refused;
  private int windowSecond;
  private long windowBytes;

  FrameGate(int maxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** The very buffer that was lent, not one with the same bytes. */
  @Override
  @SuppressWarnings("ReferenceEquality")
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (in == lent) {
      takeBack(ctx);
      return;
    }
    try {
      windowBytes += in.readableBytes();
      while (in.isReadable() && !refused) {
        if (partial != null) {
          continueFrame(ctx, in);
        } else if (readSize(in)) {
          beginFrame(ctx, in);
        }
      }
    } finally {
      in.release();
    }
  }

  private boolean readSize(ByteBuf in) {
    while (sizeBytesRead < 4 && in.isReadable()) {
      sizeBytes[sizeBytesRead++] = in.readByte();
    }
    return sizeBytesRead == 4;
  }

  private void beginFrame(ChannelHandlerContext ctx, ByteBuf in) {
    frameBytes =
        (sizeBytes[0] & 0xff) << 24
            | (sizeBytes[1] & 0xff) << 16
            | (sizeBytes[2] & 0xff) << 8
            | (sizeBytes[3] & 0xff);
    if (frameBytes < 0 || frameBytes > maxFrameBytes) {
      refused = true;
      log.warn(
          "Closing connection from {}: it announced a request of {} bytes, at most {} are allowed",
          ctx.channel().remoteAddress(),
          frameBytes,
          maxFrameBytes);
      ctx.close();
      return;
    }
    if (in.readableBytes() >= frameBytes) {
      sizeBytesRead = 0;
      ctx.fireChannelRead(in.readRetainedSlice(frameBytes));
    } else {
      partial = ctx.alloc().directBuffer(Math.min(frameBytes, FIRST_ALLOCATION_BYTES), frameBytes);
      continueFrame(ctx, in);
    }
  }

  /**
   * Where the next bytes of the connection belong when they are the rest of a frame: a part of that
   * frame, which comes back by {@link #channelRead} or is released. Null between frames.
   */
  ByteBuf room() {
    if (partial == null) {
      return null;
    }
    int received = partial.writerIndex();
    if (received == partial.capacity()) {
      partial.capacity((int) Math.min(frameBytes, 2L * received));
    }
    lent = partial.retainedSlice(received, partial.capacity() - received).writerIndex(0);
    return lent;
  }

  private void takeBack(ChannelHandlerContext ctx) {
    int received = lent.readableBytes();
    lent.release();
    lent = null;
    if (partial == null) {
      return;
    }
    partial.writerIndex(partial.writerIndex() + received);
    passOnIfWhole(ctx);
  }

  private void continueFrame(ChannelHandlerContext ctx, ByteBuf in) {
    int missing = frameBytes - partial.readableBytes();
    partial.writeBytes(in, Math.min(missing, in.readableBytes()));
    passOnIfWhole(ctx);
  }

  private void passOnIfWhole(ChannelHandlerContext ctx) {
    if (partial.readableBytes() == frameBytes) {
      ByteBuf frame = partial;
      partial = null;
      sizeBytesRead = 0;
      ctx.fireChannelRead(frame);
    }
  }

  /**
   * Whether a frame has been coming in for a while, with hardly any bytes. Asked every second; a
   * frame that is asked for the first time has the whole window before it.
   */
  boolean isTooSlow(int second) {
    if (betweenFrames()) {
      windowSecond = second;
      windowBytes = 0;
      return false;
    }
    if (second - windowSecond < WINDOW_SECONDS) {
      return false;
    }
    boolean tooSlow = windowBytes < WINDOW_BYTES_MIN;
    windowSecond = second;
    windowBytes = 0;
    return tooSlow;
  }

  /** Whether the next byte would begin a new frame. */
  boolean betweenFrames() {
    return partial == null && sizeBytesRead == 0;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    refused = true;
    if (partial != null) {
      partial.release();
      partial = null;
    }
    super.channelInactive(ctx);
  }
}

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
  private static final Seldom SELDOM = new Seldom(log, System::nanoTime);
  private static final int FIRST_ALLOCATION_BYTES = 64 * 1024;

  /** A frame that is not complete must bring so many bytes in so many seconds: 1 KiB a second. */
  private static final int WINDOW_SECONDS = 20;

  private static final int WINDOW_BYTES_MIN = WINDOW_SECONDS * 1024;

  private static final int NO_WINDOW = -1;

  private final int maxFrameBytes;

  /** In force now: less than that before the client is known. */
  private int limitBytes;

  private final byte[] sizeBytes = new byte[4];
  private int sizeBytesRead;
  private int frameBytes;
  private ByteBuf partial;

  /** The part of {@link #partial} that was given to be received into; null when there is none. */
  private ByteBuf lent;

  private boolean refused;
  private ChannelHandlerContext context;
  private boolean cutting;
  private boolean holding;

  /** What was read and is not cut yet, since the session has enough. */
  private ByteBuf rest;

  /** When the window began; {@link #NO_WINDOW} before the first look at a connection. */
  private int windowSecond = NO_WINDOW;

  private long windowBytes;

  FrameGate(int maxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes;
    this.limitBytes = maxFrameBytes;
  }

  /** Takes only small frames until {@link #widen}. */
  void narrow(int bytes) {
    limitBytes = Math.min(bytes, maxFrameBytes);
  }

  void widen() {
    limitBytes = maxFrameBytes;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** What is compared is whether it is the very buffer that was lent. */
  @Override
  @SuppressWarnings("ReferenceEquality")
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    windowBytes += in.readableBytes();
    if (in == lent) {
      takeBack(ctx);
      return;
    }
    if (rest != null) {
      // A read was under way when the session had enough.
      ByteBuf first = rest;
      rest = null;
      in = ctx.alloc().compositeBuffer(2).addComponents(true, first, in);
    }
    cut(ctx, in);
  }

  private void cut(ChannelHandlerContext ctx, ByteBuf in) {
    cutting = true;
    try {
      while (in.isReadable() && !refused && !holding) {
        if (partial != null) {
          continueFrame(ctx, in);
        } else if (readSize(in)) {
          beginFrame(ctx, in);
        }
      }
    } finally {
      cutting = false;
      if (in.isReadable() && !refused) {
        rest = in;
      } else {
        in.release();
      }
    }
  }

  /** Passes on no more frames, however many have been read. */
  void hold() {
    holding = true;
  }

  /** Goes on, with what was read already. */
  void goOn() {
    holding = false;
    if (rest != null && !cutting) {
      ByteBuf in = rest;
      rest = null;
      cut(context, in);
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
    if (frameBytes < 0 || frameBytes > limitBytes) {
      refused = true;
      ctx.close();
      if (sizeBytes[0] == 0x16 && sizeBytes[1] == 0x03) {
        SELDOM.warn(
            "Closing connection from "
                + ctx.channel().remoteAddress()
                + ": it speaks TLS, and this listener does not");
        return;
      }
      log.warn(
          "Closing connection from {}: it announced a request of {} bytes, at most {} are allowed",
          ctx.channel().remoteAddress(),
          frameBytes,
          limitBytes);
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
      grow(received);
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
    int more = Math.min(frameBytes - partial.readableBytes(), in.readableBytes());
    if (more > partial.writableBytes()) {
      grow(partial.readableBytes() + more);
    }
    partial.writeBytes(in, more);
    passOnIfWhole(ctx);
  }

  /** Twice as large each time, or a large frame would be copied again and again. */
  private void grow(int needed) {
    long bytes = Math.max(2L * partial.capacity(), needed);
    partial.capacity((int) Math.min(frameBytes, bytes));
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
    if (betweenFrames() || windowSecond == NO_WINDOW) {
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
    if (rest != null) {
      rest.release();
      rest = null;
    }
    super.channelInactive(ctx);
  }
}

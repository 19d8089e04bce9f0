package dev.naru.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;

/**
 * Stands before a connection's TLS, which cannot use sendfile: takes regions of files and large
 * buffers apart, and passes a piece on only when the one before it has nearly left. However much a
 * client has asked for and does not read, it holds little memory.
 *
 * <p>What is read here was found warm, or was warmed, when the fetch was planned; so the event loop
 * does not wait for a disk. On the connection's event loop only.
 */
final class AnswerPieces extends ChannelDuplexHandler {
  /** Four TLS records, which are encrypted in one go and leave with one system call. */
  static final int PIECE_BYTES = 64 << 10;

  /** Then others have their turn, however fast this client reads. */
  private static final int PIECES_IN_TURN = 16;

  private record Part(Object message, ChannelPromise promise) {}

  private final ArrayDeque<Part> waiting = new ArrayDeque<>();
  private ChannelHandlerContext context;
  private long regionSent;
  private boolean pumping;
  private boolean turnDue;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (waiting.isEmpty() && isOnePiece(message)) {
      ctx.write(message, promise);
    } else {
      waiting.add(new Part(message, promise));
    }
  }

  private static boolean isOnePiece(Object message) {
    return message instanceof ByteBuf buffer && buffer.readableBytes() <= PIECE_BYTES;
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (waiting.isEmpty()) {
      ctx.flush();
    } else {
      pump();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    pump();
    ctx.fireChannelWritabilityChanged();
  }

  private void pump() {
    if (pumping || turnDue) {
      return;
    }
    pumping = true;
    try {
      int pieces = 0;
      while (!waiting.isEmpty() && context.channel().isWritable()) {
        if (pieces++ == PIECES_IN_TURN) {
          turnDue = true;
          context.executor().execute(this::nextTurn);
          break;
        }
        writePiece(waiting.peek());
        context.flush();
      }
      if (waiting.isEmpty()) {
        context.flush();
      }
    } catch (IOException | RuntimeException e) {
      // Half an answer is out, and the rest cannot follow.
      failAll(e);
      context.fireExceptionCaught(e);
    } finally {
      pumping = false;
    }
  }

  private void nextTurn() {
    turnDue = false;
    pump();
  }

  private void writePiece(Part part) throws IOException {
    if (part.message instanceof ResponseEncoder.BorrowedFileRegion region) {
      writeRegion(part, region);
    } else if (isOnePiece(part.message)) {
      waiting.remove();
      context.write(part.message, part.promise);
    } else if (part.message instanceof ByteBuf buffer) {
      context.write(buffer.readRetainedSlice(PIECE_BYTES));
    } else {
      throw new IOException("TLS cannot send " + part.message.getClass());
    }
  }

  private void writeRegion(Part part, ResponseEncoder.BorrowedFileRegion region)
      throws IOException {
    int length = (int) Math.min(PIECE_BYTES, region.count() - regionSent);
    ByteBuf piece = context.alloc().directBuffer(length, length);
    try {
      read(piece, region.file(), region.position() + regionSent, length);
    } catch (IOException | RuntimeException e) {
      piece.release();
      throw e;
    }
    regionSent += length;
    if (regionSent < region.count()) {
      context.write(piece);
      return;
    }
    regionSent = 0;
    waiting.remove();
    region.release();
    context.write(piece, part.promise);
  }

  private static void read(ByteBuf into, FileChannel file, long from, int length)
      throws IOException {
    long position = from;
    int left = length;
    while (left > 0) {
      int read = into.writeBytes(file, position, left);
      if (read < 0) {
        throw new EOFException("a segment ended within the records that were to be sent");
      }
      position += read;
      left -= read;
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    failAll(new ClosedChannelException());
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    failAll(new ClosedChannelException());
  }

  private void failAll(Throwable cause) {
    for (Part part = waiting.poll(); part != null; part = waiting.poll()) {
      if (part.message instanceof ReferenceCounted counted && counted.refCnt() > 0) {
        ReferenceCountUtil.release(counted);
      }
      part.promise.tryFailure(cause);
    }
  }
}

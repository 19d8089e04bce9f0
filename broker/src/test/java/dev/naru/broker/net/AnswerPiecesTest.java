package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.LogSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A large answer leaves in pieces, as fast as it is taken and no faster. */
class AnswerPiecesTest {
  private static final int FILE_BYTES = 20 * AnswerPieces.PIECE_BYTES + 5;

  @TempDir Path directory;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final byte[] stored = new byte[FILE_BYTES];
  private final Socket socket = new Socket();
  private final EmbeddedChannel channel = new EmbeddedChannel(socket, new AnswerPieces());
  private FileChannel file;

  /** Keeps what is written until the test lets it go. */
  private static final class Socket extends ChannelOutboundHandlerAdapter {
    private record Held(Object message, ChannelPromise promise) {}

    final ArrayDeque<Held> held = new ArrayDeque<>();
    ChannelHandlerContext context;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      context = ctx;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      int bytes = ((ByteBuf) message).readableBytes();
      ctx.channel().unsafe().outboundBuffer().setUserDefinedWritability(1, held.isEmpty());
      assertTrue(bytes <= AnswerPieces.PIECE_BYTES, bytes + " bytes at once");
      held.add(new Held(message, promise));
    }

    void letGo() {
      Held next = held.poll();
      context.write(next.message(), next.promise());
      context.flush();
      if (context.channel().isOpen()) {
        context.channel().unsafe().outboundBuffer().setUserDefinedWritability(1, true);
      }
    }
  }

  private final class Slice implements LogSlice {
    @Override
    public int sizeInBytes() {
      return FILE_BYTES;
    }

    @Override
    public FileChannel file() {
      return file;
    }

    @Override
    public long filePosition() {
      return 0;
    }

    @Override
    public ByteBuffer buffer() {
      return null;
    }

    @Override
    public MemoryRecords toMemoryRecords() {
      throw new IllegalStateException("not asked for");
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void writeFile() throws IOException {
    channel.config().setAllocator(allocator);
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1 << 20, 2 << 20));
    new Random(1).nextBytes(stored);
    file = FileChannel.open(Files.write(directory.resolve("segment"), stored));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    while (!socket.held.isEmpty()) {
      socket.letGo();
    }
    channel.finishAndReleaseAll();
    file.close();
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes that nobody released");
  }

  private void run() {
    channel.runPendingTasks();
  }

  @Test
  void aRegionOfAFileArrivesInOrderBetweenItsNeighbours() {
    ChannelFuture before = channel.write(Unpooled.wrappedBuffer(new byte[] {1}));
    ChannelFuture region = channel.write(new ResponseEncoder.BorrowedFileRegion(new Slice()));
    ChannelFuture after = channel.write(Unpooled.wrappedBuffer(new byte[] {2}));
    channel.flush();

    ByteBuf all = allocator.heapBuffer();
    while (!after.isDone()) {
      assertTrue(socket.held.size() <= 2, "more than is taken");
      assertFalse(region.isDone() && all.readableBytes() < FILE_BYTES);
      socket.letGo();
      run();
      ByteBuf out = channel.readOutbound();
      all.writeBytes(out);
      out.release();
    }

    assertTrue(before.isSuccess() && region.isSuccess() && after.isSuccess());
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes).release();
    assertEquals(1, bytes[0]);
    assertArrayEquals(stored, Arrays.copyOfRange(bytes, 1, FILE_BYTES + 1));
    assertEquals(2, bytes[FILE_BYTES + 1]);
  }

  @Test
  void aReaderThatGoesAwayEndsEveryWrite() {
    ChannelFuture region = channel.write(new ResponseEncoder.BorrowedFileRegion(new Slice()));
    ChannelFuture large = channel.write(Unpooled.wrappedBuffer(stored));
    channel.flush();
    assertFalse(region.isDone());

    channel.close();
    run();

    assertTrue(region.isDone() && !region.isSuccess());
    assertTrue(large.isDone() && !large.isSuccess());
  }

  @Test
  void aFileThatCannotBeReadClosesTheConnection() throws IOException {
    file.close();
    ChannelFuture region = channel.write(new ResponseEncoder.BorrowedFileRegion(new Slice()));
    channel.flush();
    run();
    assertTrue(region.isDone() && !region.isSuccess());
    org.junit.jupiter.api.Assertions.assertThrows(IOException.class, channel::checkException);
  }
}

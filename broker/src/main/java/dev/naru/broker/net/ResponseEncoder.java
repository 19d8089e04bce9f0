package dev.naru.broker.net;

import dev.naru.log.LogSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * Writes one response: the message's own fields into one direct buffer, and between them the
 * records as file regions (sendfile) or as the buffers that they lie in. Few records are copied
 * into the buffer instead, so that the response leaves with one system call and in one packet. Used
 * once, on the event loop of the connection; slices are closed when the bytes are out, or the
 * connection is gone.
 */
final class ResponseEncoder implements Writable {
  /** Up to here copying costs less than a system call and a packet more. */
  private static final int COPIED_BYTES_MAX = 16 << 10;

  private final List<Object> parts = new ArrayList<>(3);
  private final ByteBuf fields;
  private final boolean copies;
  private int fieldsTaken;

  private ResponseEncoder(ByteBuf fields, boolean copies) {
    this.fields = fields;
    this.copies = copies;
  }

  /**
   * Writes without flushing; the future tells when all of it is out, or the connection gone.
   *
   * @throws UncheckedIOException the records could not be read; nothing was written
   */
  static ChannelFuture write(
      Channel channel, ResponseHeader header, ApiMessage body, short version) {
    return write(channel, header, body, version, true);
  }

  /**
   * As above.
   *
   * @param corks whether parts are held back until a packet is full; {@link AnswerPieces} do not
   *     need that
   */
  static ChannelFuture write(
      Channel channel, ResponseHeader header, ApiMessage body, short version, boolean corks) {
    ResponseEncoder encoder = encode(channel.alloc(), header, body, version);
    if (encoder.copies) {
      discard(body);
      return channel.write(encoder.parts.get(0));
    }
    // Or the fields before the records would leave in a packet of their own.
    if (corks) {
      cork(channel, true);
    }
    ChannelFuture last = null;
    for (Object part : encoder.parts) {
      last = channel.write(part);
    }
    return last.addListener(
        done -> {
          discard(body);
          if (corks) {
            cork(channel, false);
          }
        });
  }

  private static void cork(Channel channel, boolean corked) {
    if (channel instanceof EpollSocketChannel socket && socket.isOpen()) {
      socket.config().setTcpCork(corked);
    }
  }

  private static ResponseEncoder encode(
      ByteBufAllocator allocator, ResponseHeader header, ApiMessage body, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    MessageSizeAccumulator size = new MessageSizeAccumulator();
    header.data().addSize(size, cache, header.headerVersion());
    body.addSize(size, cache, version);
    boolean copies = size.totalSize() - size.sizeExcludingZeroCopy() <= COPIED_BYTES_MAX;
    int fieldBytes = 4 + (copies ? size.totalSize() : size.sizeExcludingZeroCopy());
    ByteBuf fields = allocator.directBuffer(fieldBytes, fieldBytes);
    ResponseEncoder encoder = new ResponseEncoder(fields, copies);
    try {
      fields.writeInt(size.totalSize());
      header.data().write(encoder, cache, header.headerVersion());
      body.write(encoder, cache, version);
      encoder.endPart();
      return encoder;
    } catch (RuntimeException e) {
      encoder.parts.forEach(ReferenceCountUtil::release);
      discard(body);
      throw e;
    } finally {
      fields.release();
    }
  }

  /** Closes the slices of a response that is sent, or will not be. */
  static void discard(ApiMessage body) {
    if (body instanceof org.apache.kafka.common.message.FetchResponseData fetch) {
      fetch
          .responses()
          .forEach(topic -> topic.partitions().forEach(partition -> close(partition.records())));
    }
  }

  private static void close(BaseRecords records) {
    if (records instanceof SliceRecords sliceRecords) {
      sliceRecords.slice().close();
    }
  }

  private void endPart() {
    int length = fields.writerIndex() - fieldsTaken;
    if (length > 0) {
      parts.add(fields.retainedSlice(fieldsTaken, length));
      fieldsTaken = fields.writerIndex();
    }
  }

  @Override
  public void writeRecords(BaseRecords records) {
    if (records.sizeInBytes() == 0) {
      return;
    }
    if (records instanceof SliceRecords sliceRecords) {
      writeSlice(sliceRecords.slice());
    } else {
      writeBuffer(((MemoryRecords) records).buffer());
    }
  }

  private void writeSlice(LogSlice slice) {
    if (copies) {
      copy(slice);
      return;
    }
    endPart();
    parts.add(
        slice.file() != null
            ? new BorrowedFileRegion(slice)
            : Unpooled.wrappedBuffer(slice.buffer()));
  }

  private void copy(LogSlice slice) {
    if (slice.file() == null) {
      fields.writeBytes(slice.buffer().duplicate());
      return;
    }
    try {
      int left = slice.sizeInBytes();
      long position = slice.filePosition();
      while (left > 0) {
        int read = fields.writeBytes(slice.file(), position, left);
        if (read < 0) {
          throw new EOFException("a segment ended within the records that were to be sent");
        }
        position += read;
        left -= read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeBuffer(ByteBuffer bytes) {
    if (copies) {
      fields.writeBytes(bytes.duplicate());
    } else {
      endPart();
      parts.add(Unpooled.wrappedBuffer(bytes.duplicate()));
    }
  }

  @Override
  public void writeByte(byte value) {
    fields.writeByte(value);
  }

  @Override
  public void writeShort(short value) {
    fields.writeShort(value);
  }

  @Override
  public void writeInt(int value) {
    fields.writeInt(value);
  }

  @Override
  public void writeLong(long value) {
    fields.writeLong(value);
  }

  @Override
  public void writeDouble(double value) {
    fields.writeDouble(value);
  }

  @Override
  public void writeByteArray(byte[] bytes) {
    fields.writeBytes(bytes);
  }

  @Override
  public void writeUnsignedVarint(int value) {
    int rest = value;
    while ((rest & 0xffffff80) != 0) {
      fields.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    fields.writeByte(rest);
  }

  @Override
  public void writeByteBuffer(ByteBuffer bytes) {
    // The size accumulator counts these as zero-copy bytes.
    writeBuffer(bytes);
  }

  @Override
  public void writeVarint(int value) {
    writeUnsignedVarint((value << 1) ^ (value >> 31));
  }

  @Override
  public void writeVarlong(long value) {
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & 0xffffffffffffff80L) != 0) {
      fields.writeByte((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    fields.writeByte((int) rest);
  }

  /** A region of a file that belongs to the log: sending it must not close the file. */
  static final class BorrowedFileRegion extends DefaultFileRegion {
    private final FileChannel file;

    BorrowedFileRegion(LogSlice slice) {
      super(slice.file(), slice.filePosition(), slice.sizeInBytes());
      this.file = slice.file();
    }

    FileChannel file() {
      return file;
    }

    @Override
    protected void deallocate() {
      // The slice is closed by the listener of the write.
    }
  }
}

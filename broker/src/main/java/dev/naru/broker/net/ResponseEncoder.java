package dev.naru.broker.net;

import dev.naru.log.LogSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;
import java.nio.ByteBuffer;
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
 * records as file regions (sendfile) or as the buffers that they lie in. Used once, on the event
 * loop of the connection; slices are closed when the bytes are out, or the connection is gone.
 */
final class ResponseEncoder implements Writable {
  private final List<Object> parts = new ArrayList<>(3);
  private final List<LogSlice> slices = new ArrayList<>(1);
  private final ByteBuf fields;
  private int fieldsTaken;

  private ResponseEncoder(ByteBuf fields) {
    this.fields = fields;
  }

  /** Writes without flushing; the future tells when all of it is out, or the connection gone. */
  static ChannelFuture write(
      Channel channel, ResponseHeader header, ApiMessage body, short version) {
    ResponseEncoder encoder = encode(channel.alloc(), header, body, version);
    ChannelFuture last = null;
    for (Object part : encoder.parts) {
      last = channel.write(part);
    }
    if (!encoder.slices.isEmpty()) {
      last.addListener(done -> encoder.slices.forEach(LogSlice::close));
    }
    return last;
  }

  private static ResponseEncoder encode(
      ByteBufAllocator allocator, ResponseHeader header, ApiMessage body, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    MessageSizeAccumulator size = new MessageSizeAccumulator();
    header.data().addSize(size, cache, header.headerVersion());
    body.addSize(size, cache, version);
    int fieldBytes = 4 + size.sizeExcludingZeroCopy();
    ResponseEncoder encoder = new ResponseEncoder(allocator.directBuffer(fieldBytes, fieldBytes));
    encoder.fields.writeInt(size.totalSize());
    header.data().write(encoder, cache, header.headerVersion());
    body.write(encoder, cache, version);
    encoder.endPart();
    encoder.fields.release();
    return encoder;
  }

  /** Closes the slices of a response that will not be sent. */
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
      close(records);
      return;
    }
    endPart();
    if (records instanceof SliceRecords sliceRecords) {
      LogSlice slice = sliceRecords.slice();
      slices.add(slice);
      parts.add(
          slice.file() != null
              ? new BorrowedFileRegion(slice)
              : Unpooled.wrappedBuffer(slice.buffer()));
    } else {
      parts.add(Unpooled.wrappedBuffer(((MemoryRecords) records).buffer()));
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
    // The size accumulator counts these as zero-copy bytes, so they are a part of their own.
    endPart();
    parts.add(Unpooled.wrappedBuffer(bytes.duplicate()));
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
  private static final class BorrowedFileRegion extends DefaultFileRegion {
    BorrowedFileRegion(LogSlice slice) {
      super(slice.file(), slice.filePosition(), slice.sizeInBytes());
    }

    @Override
    protected void deallocate() {
      // The slice is closed by the listener of the write.
    }
  }
}

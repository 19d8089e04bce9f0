package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.LogSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ResponseHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a fetch's records leave: copied when they are few, as a region of the file when many. */
class ResponseEncoderTest {
  private static final short VERSION = ApiKeys.FETCH.latestVersion();
  private static final int FILE_BYTES = 100_000;

  @TempDir Path directory;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final byte[] stored = new byte[FILE_BYTES];
  private FileChannel file;

  @BeforeEach
  void writeFile() throws IOException {
    channel.config().setAllocator(allocator);
    new Random(1).nextBytes(stored);
    file = FileChannel.open(Files.write(directory.resolve("segment"), stored));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    channel.finishAndReleaseAll();
    file.close();
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes that nobody released");
  }

  private final class Slice implements LogSlice {
    private final int position;
    private final int length;
    boolean closed;

    Slice(int position, int length) {
      this.position = position;
      this.length = length;
    }

    @Override
    public int sizeInBytes() {
      return length;
    }

    @Override
    public FileChannel file() {
      return file;
    }

    @Override
    public long filePosition() {
      return position;
    }

    @Override
    public ByteBuffer buffer() {
      return null;
    }

    @Override
    public MemoryRecords toMemoryRecords() {
      throw new IllegalStateException("records are sent without a copy through the heap");
    }

    @Override
    public void close() {
      assertFalse(closed, "closed twice");
      closed = true;
    }
  }

  private static FetchResponseData fetched(LogSlice... slices) {
    List<PartitionData> partitions = new java.util.ArrayList<>();
    for (LogSlice slice : slices) {
      partitions.add(
          new PartitionData()
              .setPartitionIndex(partitions.size())
              .setRecords(new SliceRecords(slice)));
    }
    return new FetchResponseData()
        .setResponses(
            List.of(new FetchableTopicResponse().setTopic("t").setPartitions(partitions)));
  }

  private void write(FetchResponseData answer) {
    short headerVersion = ApiKeys.FETCH.responseHeaderVersion(VERSION);
    ResponseEncoder.write(channel, new ResponseHeader(7, headerVersion), answer, VERSION);
  }

  private static List<PartitionData> decode(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    assertEquals(frame.length - 4, bytes.getInt(), "a frame says its own size");
    ResponseHeader.parse(bytes, ApiKeys.FETCH.responseHeaderVersion(VERSION));
    FetchResponseData data = new FetchResponseData(new ByteBufferAccessor(bytes), VERSION);
    assertFalse(bytes.hasRemaining());
    return data.responses().get(0).partitions();
  }

  private static byte[] records(PartitionData partition) {
    ByteBuffer records = ((MemoryRecords) partition.records()).buffer();
    byte[] bytes = new byte[records.remaining()];
    records.get(bytes);
    return bytes;
  }

  private byte[] stored(int from, int length) {
    return java.util.Arrays.copyOfRange(stored, from, from + length);
  }

  @Test
  void fewRecordsLeaveInOnePieceWithTheFields() {
    Slice one = new Slice(100, 50);
    Slice two = new Slice(5_000, 1_000);

    write(fetched(one, two));

    assertTrue(one.closed && two.closed, "copied, so the file is not needed any more");
    channel.flush();
    ByteBuf out = channel.readOutbound();
    byte[] frame = new byte[out.readableBytes()];
    out.readBytes(frame).release();
    assertNull(channel.readOutbound(), "one piece");
    List<PartitionData> partitions = decode(frame);
    assertArrayEquals(stored(100, 50), records(partitions.get(0)));
    assertArrayEquals(stored(5_000, 1_000), records(partitions.get(1)));
  }

  @Test
  void manyRecordsLeaveAsARegionOfTheFileThatStaysOpenUntilTheyAreOut() {
    Slice slice = new Slice(1_000, 90_000);

    write(fetched(slice));
    assertFalse(slice.closed);
    channel.flush();

    ByteBuf before = channel.readOutbound();
    FileRegion region = channel.readOutbound();
    ByteBuf after = channel.readOutbound();
    assertEquals(1_000, region.position());
    assertEquals(90_000, region.count());
    assertEquals(
        before.readableBytes() + 90_000 + after.readableBytes() - 4, before.getInt(0), "size");
    assertTrue(slice.closed);
    before.release();
    after.release();
  }

  @Test
  void recordsThatCannotBeReadAreNoAnswerAndLeakNothing() {
    Slice good = new Slice(0, 10);
    Slice gone = new Slice(FILE_BYTES - 5, 10);

    assertThrows(UncheckedIOException.class, () -> write(fetched(good, gone)));

    channel.flush();
    assertNull(channel.readOutbound());
    assertTrue(gone.closed);
  }
}

package dev.naru.broker.net;

import dev.naru.log.LogSlice;
import dev.naru.proving.micro.Scratch;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ResponseHeader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From an answer to what the socket is given, for one partition: a produce answer; a fetch answer
 * whose kilobyte of records is read from the file and stands behind the fields; and one whose
 * records (64 KiB) are a region of the file, which nobody reads here. The channel is Netty's
 * embedded one, so writing to a socket is not part of it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ResponseBenchmark {
  private static final int SMALL_BYTES = 1 << 10;
  private static final int LARGE_BYTES = 64 << 10;

  private EmbeddedChannel channel;
  private Path directory;
  private FileChannel file;
  private ProduceResponseData produced;
  private FetchResponseData smallFetch;
  private FetchResponseData largeFetch;

  @Setup
  public void open() throws IOException {
    channel = new EmbeddedChannel();
    channel.config().setAllocator(NettyFront.pool(1));
    directory = Scratch.newDirectory();
    Path segment = directory.resolve("segment");
    file = FileChannel.open(Files.write(segment, new byte[LARGE_BYTES]));
    produced = new ProduceResponseData();
    produced
        .responses()
        .add(
            new TopicProduceResponse()
                .setName("benchmark")
                .setPartitionResponses(
                    List.of(new PartitionProduceResponse().setBaseOffset(1).setLogStartOffset(0))));
    smallFetch = fetched(SMALL_BYTES);
    largeFetch = fetched(LARGE_BYTES);
    if (smallFetch() != 1 || fileRegion() != 3) {
      throw new IllegalStateException("the answers leave in other pieces than they should");
    }
  }

  private FetchResponseData fetched(int bytes) {
    PartitionData partition =
        new PartitionData().setRecords(new SliceRecords(new Region(file, bytes)));
    return new FetchResponseData()
        .setResponses(
            List.of(
                new FetchableTopicResponse()
                    .setTopic("benchmark")
                    .setPartitions(List.of(partition))));
  }

  @TearDown
  public void close() throws IOException {
    channel.finishAndReleaseAll();
    file.close();
    Scratch.delete(directory);
  }

  @Benchmark
  public int produce() {
    return write(ApiKeys.PRODUCE, (short) 12, produced);
  }

  @Benchmark
  public int smallFetch() {
    return write(ApiKeys.FETCH, (short) 12, smallFetch);
  }

  @Benchmark
  public int fileRegion() {
    return write(ApiKeys.FETCH, (short) 12, largeFetch);
  }

  /** Says in how many pieces the answer left. */
  private int write(ApiKeys api, short version, ApiMessage answer) {
    ResponseHeader header = new ResponseHeader(7, api.responseHeaderVersion(version));
    ResponseEncoder.write(channel, header, answer, version);
    channel.flush();
    int pieces = 0;
    for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      ReferenceCountUtil.release(out);
      pieces++;
    }
    return pieces;
  }

  /** The beginning of a file, which stays open when it was sent. */
  private record Region(FileChannel file, int sizeInBytes) implements LogSlice {
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
      throw new IllegalStateException("records are sent without a copy through the heap");
    }

    @Override
    public void close() {
      // It is sent again.
    }
  }
}

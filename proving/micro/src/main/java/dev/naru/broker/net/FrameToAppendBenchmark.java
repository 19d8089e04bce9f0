package dev.naru.broker.net;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.produce.ProduceHandler;
import dev.naru.log.PartitionLog;
import dev.naru.log.ScratchLog;
import dev.naru.proving.micro.Payloads;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A produce request's whole way through a node, without socket and disk: from the frame's bytes
 * through the gate, the session, decoding, every check of the batch, the producer state and the
 * append to the log, to the bytes of the answer. One connection, one partition, {@code acks=all}
 * with {@code durability=os}.
 *
 * <p>Netty's embedded channel stands where the socket would, and the log's bytes are copied to
 * memory that is used over and over. The log is a new one in each iteration, so that what it knows
 * of its segments stays small.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameToAppendBenchmark {
  /** The last one that names topics instead of their ids, which need no metadata. */
  private static final short VERSION = 12;

  private static final String TOPIC = "benchmark";
  private static final Uuid TOPIC_ID = new Uuid(1, 2);
  private static final int MAX_FRAME_BYTES = 100 << 20;

  /** The batch's size. */
  @Param({"100", "1024", "65536"})
  public int bytes;

  private ScratchLog scratch;
  private EmbeddedChannel channel;
  private ByteBuf frame;
  private int frameBytes;

  /** Where the batch stands in the frame; an append writes its offset there. */
  private int batchAt;

  private int answerBytes;
  private long recordsEach;
  private long sent;

  @Setup(Level.Iteration)
  public void open() throws IOException {
    scratch = ScratchLog.forgetful();
    makeFrame();
    connect();
    sent = 0;
    answerBytes = firstAnswer();
    recordsEach = scratch.log().logEndOffset();
  }

  private void makeFrame() {
    MemoryRecords batch = Payloads.batch(bytes);
    ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000);
    TopicProduceDataCollection topics = new TopicProduceDataCollection();
    topics.add(
        new TopicProduceData()
            .setName(TOPIC)
            .setPartitionData(List.of(new PartitionProduceData().setIndex(0).setRecords(batch))));
    data.setTopicData(topics);
    ByteBuffer body =
        new ProduceRequest(data, VERSION)
            .serializeWithHeader(new RequestHeader(ApiKeys.PRODUCE, VERSION, "benchmark", 1));
    frame = Unpooled.directBuffer(4 + body.remaining());
    frame.writeInt(body.remaining()).writeBytes(body);
    frameBytes = frame.readableBytes();
    batchAt = ByteBufUtil.indexOf(Unpooled.wrappedBuffer(batch.buffer()), frame);
  }

  private void connect() {
    PartitionLog log = scratch.log();
    PartitionRegistry partitions = new PartitionRegistry();
    partitions.add(
        new Partition(
            TOPIC_ID, new TopicPartition(TOPIC, 0), 0, log, Payloads.topicSettings(log.config())));
    ProduceHandler produce =
        new ProduceHandler(
            new PartitionLookup(new MetadataView(1, "benchmark"), partitions, name -> false),
            (transactionalId, producerId, producerEpoch, names, mode) -> {
              throw new IllegalStateException("nothing is transactional");
            },
            new Clock());
    ApiTable table = new ApiTable(List.of(produce));
    FrameGate gate = new FrameGate(MAX_FRAME_BYTES);
    channel =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711);
          }
        };
    channel.config().setAllocator(NettyFront.pool(1));
    channel
        .pipeline()
        .addLast(
            gate,
            new ConnectionSession(
                table,
                new ApiVersionsHandler(() -> table, (short) 1),
                new InFlightBudget(MAX_FRAME_BYTES),
                new LoopParts(new AnswerQueue(Runnable::run), new ConnectionSweep(600_000)),
                gate,
                new Origin(
                    ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT),
                    SecurityProtocol.PLAINTEXT,
                    KafkaPrincipal.ANONYMOUS),
                null));
  }

  private int firstAnswer() {
    ByteBuf answer = exchange();
    ByteBuffer body = answer.nioBuffer(4, answer.readableBytes() - 4);
    ResponseHeader.parse(body, ApiKeys.PRODUCE.responseHeaderVersion(VERSION));
    ProduceResponseData data = new ProduceResponseData(new ByteBufferAccessor(body), VERSION);
    var partition = data.responses().iterator().next().partitionResponses().get(0);
    if (partition.errorCode() != 0 || scratch.log().logEndOffset() == 0) {
      throw new IllegalStateException("it was not appended: " + partition);
    }
    int size = answer.readableBytes();
    answer.release();
    return size;
  }

  @TearDown(Level.Iteration)
  public void close() throws IOException {
    long records = scratch.log().logEndOffset();
    channel.finishAndReleaseAll();
    frame.release();
    scratch.close();
    if (records != sent * recordsEach) {
      throw new IllegalStateException(sent + " requests left " + records + " records");
    }
  }

  @Benchmark
  public int produce() {
    ByteBuf answer = exchange();
    int size = answer.readableBytes();
    answer.release();
    if (size != answerBytes) {
      throw new IllegalStateException("an answer of " + size + " bytes, not " + answerBytes);
    }
    return size;
  }

  private ByteBuf exchange() {
    // As the client sent it: the append before has written into it.
    frame.setIndex(0, frameBytes).setLong(batchAt, 0);
    channel.writeInbound(frame.retain());
    sent++;
    return channel.readOutbound();
  }

  /** Nothing is due while everything is durable at once. */
  private static final class Clock implements Timers {
    @Override
    public long nowMs() {
      return System.currentTimeMillis();
    }

    @Override
    public Handle schedule(long delayMs, Runnable task) {
      throw new IllegalStateException("nothing waits");
    }
  }
}

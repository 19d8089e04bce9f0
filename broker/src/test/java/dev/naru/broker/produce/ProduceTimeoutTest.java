package dev.naru.broker.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.Timers;
import dev.naru.broker.api.Request;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.FaultyDisk;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.RequestContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Produce requests whose records wait for a disk that stalls. */
class ProduceTimeoutTest {
  private static final Uuid TOPIC = new Uuid(1, 2);
  private static final int TIMEOUT_MS = 400;
  private static final PartitionLookup PARTITIONS =
      new PartitionLookup(new MetadataView(1, "cluster"), new PartitionRegistry(), name -> false);

  private final FaultyDisk disk = new FaultyDisk(1);
  private final Clock clock = new Clock();
  private final ProduceTimeouts timeouts = new ProduceTimeouts(clock);
  private final RefusedSequences refused = new RefusedSequences(clock);
  private volatile CountDownLatch stall = new CountDownLatch(0);
  private LogStore store;
  private Partition stalling;
  private Partition flowing;

  @BeforeEach
  void open() {
    Path data = Path.of("/data");
    disk.format(data);
    disk.intercept(
        (operation, path) -> {
          if (operation == FaultyDisk.Operation.FORCE && path.toString().contains("-0/")) {
            awaitDisk();
          }
        });
    store = LogStore.open(disk, data, () -> clock.now);
    stalling = partition(0);
    flowing = partition(1);
    stall = new CountDownLatch(1);
  }

  private void awaitDisk() throws IOException {
    try {
      stall.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @AfterEach
  void close() {
    stall.countDown();
    store.close();
  }

  private Partition partition(int index) {
    LogConfig config = LogConfig.DEFAULTS;
    TopicSettings settings =
        new TopicSettings(
            config,
            config.maxMessageBytes(),
            "producer",
            null,
            TimestampType.CREATE_TIME,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            1);
    return new Partition(
        TOPIC,
        new TopicPartition("t", index),
        0,
        store.openOrCreate(new LogId(TOPIC, index), config),
        settings);
  }

  private Answer produce(Partition... partitions) {
    Answer answer = new Answer();
    ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(TIMEOUT_MS);
    ProduceCall call = new ProduceCall(answer, data, PARTITIONS, timeouts, refused);
    TopicProduceData topic = new TopicProduceData().setName("t").setTopicId(TOPIC);
    for (Partition partition : partitions) {
      PendingAppend append =
          call.add("t", topic, partition.topicPartition().partition(), partition);
      MemoryRecords records =
          MemoryRecords.withRecords(
              Compression.NONE, new SimpleRecord(1, "v".getBytes(StandardCharsets.UTF_8)));
      append.check(records, (short) 12, clock.now);
    }
    call.appendAll(clock.now);
    return answer;
  }

  @Test
  void isAnsweredWhenItsTimeIsOverAndNotBefore() throws Exception {
    Answer answer = produce(stalling);

    clock.advance(TIMEOUT_MS - 1);
    assertNull(answer.answers.poll(), "answered too early");
    clock.advance(2 * ProduceTimeouts.TICK_MS);

    assertEquals(Errors.REQUEST_TIMED_OUT, Errors.forCode(answer.partition(0).errorCode()));
    stall.countDown();
    durable(stalling);
    assertNull(answer.answers.poll(), "answered twice");
  }

  @Test
  void onlyWhatIsNotDurableTimesOut() throws Exception {
    Answer answer = produce(stalling, flowing);
    durable(flowing);

    clock.advance(TIMEOUT_MS + 2 * ProduceTimeouts.TICK_MS);

    ProduceResponseData data = answer.get();
    List<PartitionProduceResponse> partitions =
        data.responses().iterator().next().partitionResponses();
    assertEquals(Errors.REQUEST_TIMED_OUT.code(), partitions.get(0).errorCode());
    assertEquals(Errors.NONE.code(), partitions.get(1).errorCode());
    assertEquals(0, partitions.get(1).baseOffset());
  }

  @Test
  void whatBecomesDurableInTimeIsAcknowledgedAndLeavesNothingBehind() throws Exception {
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      answers.add(produce(stalling));
      clock.advance(30);
    }
    stall.countDown();
    for (int i = 0; i < 10; i++) {
      assertEquals(Errors.NONE.code(), answers.get(i).partition(0).errorCode());
    }

    clock.advance(2 * ProduceTimeouts.TICK_MS);
    assertTrue(clock.tasks.isEmpty(), "the timer ticks though nothing waits");
    clock.advance(10 * TIMEOUT_MS);
    answers.forEach(answer -> assertNull(answer.answers.poll()));
  }

  @Test
  void deadlinesBeyondATurnOfTheWheelKeepTheirTime() {
    ProduceCall call =
        new ProduceCall(new Answer(), new ProduceRequestData(), PARTITIONS, timeouts, refused);
    timeouts.add(call, 10 * 60 * 1000);

    clock.advance(10 * 60 * 1000 - 1);
    assertTrue(call.bucket != ProduceTimeouts.NOWHERE);
    clock.advance(2 * ProduceTimeouts.TICK_MS);
    assertEquals(ProduceTimeouts.NOWHERE, call.bucket);
  }

  private static void durable(Partition partition) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    partition.log().whenDurable(partition.log().logEndOffset(), failure -> done.countDown());
    assertTrue(done.await(20, TimeUnit.SECONDS));
  }

  /** Time that moves when it is told to. */
  private static final class Clock implements Timers {
    private record Task(long atMs, Runnable run) {}

    private final ArrayDeque<Task> tasks = new ArrayDeque<>();
    private volatile long now = 1_000_000;

    @Override
    public long nowMs() {
      return now;
    }

    @Override
    public Handle schedule(long delayMs, Runnable task) {
      tasks.add(new Task(now + delayMs, task));
      return () -> {};
    }

    void advance(long byMs) {
      long until = now + byMs;
      // All delays are the same, so the first one in is the first one due.
      while (!tasks.isEmpty() && tasks.peek().atMs <= until) {
        Task due = tasks.poll();
        now = due.atMs;
        due.run.run();
      }
      now = until;
    }
  }

  private static final class Answer implements Request {
    private final LinkedBlockingQueue<ApiMessage> answers = new LinkedBlockingQueue<>();

    ProduceResponseData get() throws InterruptedException {
      ApiMessage answer = answers.poll(20, TimeUnit.SECONDS);
      if (answer == null) {
        throw new AssertionError("no answer");
      }
      return (ProduceResponseData) answer;
    }

    PartitionProduceResponse partition(int index) throws InterruptedException {
      return get().responses().iterator().next().partitionResponses().get(index);
    }

    @Override
    public RequestContext context() {
      throw new AssertionError("nobody asks");
    }

    @Override
    public short version() {
      return 12;
    }

    @Override
    public ApiMessage data() {
      throw new AssertionError("nobody asks");
    }

    @Override
    public Executor executor() {
      return Runnable::run;
    }

    @Override
    public void ordered() {}

    @Override
    public void respond(ApiMessage response) {
      answers.add(response);
    }

    @Override
    public void respondNothing() {
      throw new AssertionError("an answer was due");
    }

    @Override
    public void fail(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void close(String reason) {
      throw new AssertionError(reason);
    }
  }
}

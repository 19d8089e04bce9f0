package dev.naru.broker.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.Ask;
import dev.naru.broker.ManualTimers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.partition.SharedLogsNode;
import dev.naru.log.AppendSpec;
import dev.naru.log.Disk;
import dev.naru.log.LogStore;
import dev.naru.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log that cannot be opened knows no offsets, and no consumer may take it for an empty one: it is
 * told to look for another leader.
 */
class UnreadableLogTest {
  private static final int PARTITION = 0;

  @TempDir Path directory;
  private SharedLogsNode node;
  private LogStore store;

  @BeforeEach
  void damage() throws IOException {
    open();
    PartitionLog log = log();
    CompletableFuture<Throwable> durable = new CompletableFuture<>();
    log.append(
        MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord("x".getBytes(StandardCharsets.UTF_8)))
            .buffer(),
        AppendSpec.client(0, 1_000));
    log.whenDurable(1, durable::complete);
    durable.join();
    store.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.filter(file -> file.toString().endsWith(".log")).forEach(UnreadableLogTest::empty);
    }
    // What is forced is looked for after a stop that was not clean.
    Files.delete(directory.resolve("clean-stop"));
    open();
    assertTrue(log().failure().isPresent(), "the log is read all the same");
  }

  private static void empty(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void open() {
    store = LogStore.open(Disk.real(), directory, System::currentTimeMillis);
    node = new SharedLogsNode(1, store);
    node.createTopic("t", 1, 1);
    node.takeOver("t");
  }

  private PartitionLog log() {
    return node.registry.get(new TopicPartition("t", PARTITION)).log();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static ApiMessage answer(ApiHandler handler, ApiKeys api, ApiMessage data) {
    Ask ask = new Ask(api, api.latestVersion(), data);
    handler.handle(ask);
    return ask.answer.join();
  }

  @Test
  void itHasNoEarliestAndNoLatestOffset() {
    for (long timestamp : List.of(-1L, -2L)) {
      ListOffsetsRequestData data = new ListOffsetsRequestData().setReplicaId(-1);
      data.topics()
          .add(
              new ListOffsetsRequestData.ListOffsetsTopic()
                  .setName("t")
                  .setPartitions(
                      List.of(
                          new ListOffsetsRequestData.ListOffsetsPartition()
                              .setPartitionIndex(PARTITION)
                              .setCurrentLeaderEpoch(0)
                              .setTimestamp(timestamp))));
      ListOffsetsResponseData told =
          (ListOffsetsResponseData)
              answer(
                  new ListOffsetsHandler(node.lookup, Runnable::run), ApiKeys.LIST_OFFSETS, data);
      ListOffsetsResponseData.ListOffsetsPartitionResponse one =
          told.topics().get(0).partitions().get(0);
      assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, Errors.forCode(one.errorCode()));
      assertEquals(-1, one.offset());
    }
  }

  @Test
  void itSaysNothingOfWhereAnEpochEnds() {
    OffsetForLeaderEpochRequestData data = new OffsetForLeaderEpochRequestData().setReplicaId(-1);
    data.topics()
        .add(
            new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                .setTopic("t")
                .setPartitions(
                    List.of(
                        new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition()
                            .setPartition(PARTITION)
                            .setCurrentLeaderEpoch(0)
                            .setLeaderEpoch(0))));
    OffsetForLeaderEpochResponseData told =
        (OffsetForLeaderEpochResponseData)
            answer(
                new OffsetForLeaderEpochHandler(node.lookup),
                ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                data);
    assertEquals(
        Errors.NOT_LEADER_OR_FOLLOWER,
        Errors.forCode(told.topics().find("t").partitions().get(0).errorCode()));
  }

  @Test
  void itDoesNotTellAConsumerThatItsRecordsAreGone() {
    FetchRequestData data =
        new FetchRequestData()
            .setReplicaId(-1)
            .setMaxBytes(1_000)
            .setSessionEpoch(-1)
            .setTopics(
                List.of(
                    new FetchRequestData.FetchTopic()
                        .setTopicId(SharedLogsNode.topicId("t"))
                        .setPartitions(
                            List.of(
                                new FetchRequestData.FetchPartition()
                                    .setPartition(PARTITION)
                                    .setCurrentLeaderEpoch(0)
                                    .setLastFetchedEpoch(0)
                                    .setFetchOffset(1)
                                    .setPartitionMaxBytes(1_000)))));
    ManualTimers timers = new ManualTimers();
    FetchHandler handler =
        new FetchHandler(
            node.lookup,
            new FetchSessions(10),
            timers,
            1_000,
            new ReplicaSelector(node.view, timers),
            null);
    FetchResponseData told = (FetchResponseData) answer(handler, ApiKeys.FETCH, data);
    FetchResponseData.PartitionData one = told.responses().get(0).partitions().get(0);
    assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, Errors.forCode(one.errorCode()));
    assertEquals(-1, one.divergingEpoch().epoch());
    assertEquals(-1, one.divergingEpoch().endOffset());
  }
}

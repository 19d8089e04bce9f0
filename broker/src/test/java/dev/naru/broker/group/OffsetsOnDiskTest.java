package dev.naru.broker.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.TopicSettings;
import dev.naru.log.Disk;
import dev.naru.log.FaultyDisk;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStore;
import dev.naru.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.requests.TransactionResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator over logs on a disk, closed and opened again. */
class OffsetsOnDiskTest {
  private static final int COMMITS = 500;
  private static final int SEEDS = 30;
  @TempDir Path directoryOnDisk;
  private FakeNode node;
  private LogStore store;

  private void startOn(Disk disk, Path directory) {
    node = new FakeNode();
    node.newLog = this::openLog;
    store = LogStore.open(disk, directory, System::currentTimeMillis);
    node.createTopic("t", 2);
    node.start();
  }

  @AfterEach
  void tearDown() {
    if (node != null) {
      node.close();
      node = null;
      store.close();
    }
  }

  @Test
  void aFailedForceAcknowledgesNothing() throws Exception {
    FaultyDisk disk = new FaultyDisk(1);
    Path directory = Path.of("/data");
    disk.format(directory);
    startOn(disk, directory);
    assertEquals(Errors.NONE, commit("g", 1));
    disk.intercept(
        (operation, path) -> {
          if (operation == FaultyDisk.Operation.FORCE) {
            throw new IOException("fsync failed");
          }
        });
    CompletableFuture<ApiMessage> answer =
        node.send(ApiKeys.OFFSET_COMMIT, 9, commitRequest("g", 2));
    assertNotEquals(Errors.NONE, errorOf((OffsetCommitResponseData) FakeNode.await(answer)));
    assertNotEquals(Errors.NONE, commit("g", 3));
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAPowerCut() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      FaultyDisk disk = new FaultyDisk(seed);
      Path directory = Path.of("/data");
      disk.format(directory);
      startOn(disk, directory);
      assertEquals(Errors.NONE, commit("g", 0));
      disk.losePowerAt(disk.operations() + new Random(seed).nextInt(60));
      long acknowledged = 0;
      long tried = 0;
      while (!disk.powerLost()) {
        tried++;
        if (commit("g", tried) == Errors.NONE) {
          acknowledged = tried;
        }
      }
      node.service.close();
      try {
        store.close();
      } catch (RuntimeException e) {
        System.out.println("Closed without power: " + e.getMessage());
      }
      restartOn(disk.restart(), directory);
      long found = fetch("g", true).committedOffset();
      assertTrue(
          found >= acknowledged && found <= tried,
          "seed " + seed + ": " + acknowledged + " acknowledged, " + found + " found");
      tearDown();
    }
  }

  @Test
  void aDelayedMarkerOfTransactionsV2EndsNothing() {
    startOn(Disk.real(), directoryOnDisk);
    assertEquals(Errors.NONE, commit("g", 1));
    assertEquals(Errors.NONE, txnCommit("g", 7, 50));
    assertThrows(
        InvalidProducerEpochException.class,
        () -> complete("g", 7, 0, TransactionResult.COMMIT, 2));
    assertEquals(Errors.UNSTABLE_OFFSET_COMMIT.code(), fetch("g", true).errorCode());
    complete("g", 7, 1, TransactionResult.COMMIT, 2);
    assertEquals(50, fetch("g", true).committedOffset());
  }

  @Test
  void offsetsAndTransactionsSurviveARestart() {
    startOn(Disk.real(), directoryOnDisk);
    for (int i = 0; i < COMMITS; i++) {
      assertEquals(Errors.NONE, commit("g" + i % 7, i));
    }
    assertEquals(Errors.NONE, txnCommit("g0", 7, 1_000));
    assertEquals(Errors.NONE, txnCommit("g1", 8, 2_000));
    assertEquals(Errors.NONE, txnCommit("g2", 9, 3_000));
    complete("g0", 7, TransactionResult.COMMIT);
    complete("g1", 8, TransactionResult.ABORT);
    PartitionLog open = log("g2");
    assertTrue(open.hasOngoingTransaction(9, (short) 0));
    assertTrue(open.lastStableOffset() < open.logEndOffset());

    restart();
    assertEquals(1_000, fetch("g0", true).committedOffset());
    assertEquals(last(1), fetch("g1", true).committedOffset());
    assertEquals(last(2), fetch("g2", false).committedOffset());
    assertEquals(Errors.UNSTABLE_OFFSET_COMMIT.code(), fetch("g2", true).errorCode());
    for (int group = 3; group < 7; group++) {
      assertEquals(last(group), fetch("g" + group, true).committedOffset());
    }

    complete("g2", 9, TransactionResult.COMMIT);
    assertEquals(3_000, fetch("g2", true).committedOffset());
    assertEquals(log("g2").logEndOffset(), log("g2").lastStableOffset());
  }

  private static long last(int group) {
    int last = COMMITS - 1;
    while (last % 7 != group) {
      last--;
    }
    return last;
  }

  private void restart() {
    node.service.close();
    store.close();
    restartOn(Disk.real(), directoryOnDisk);
  }

  private void restartOn(Disk disk, Path directory) {
    store = LogStore.open(disk, directory, System::currentTimeMillis);
    node.logs.replaceAll((tp, old) -> openLog(tp));
    node.restart();
  }

  private OffsetsLog openLog(TopicPartition tp) {
    Uuid topicId = new Uuid(7, tp.topic().hashCode());
    TopicSettings settings =
        new TopicSettings(
            LogConfig.DEFAULTS,
            LogConfig.DEFAULTS.maxMessageBytes(),
            "producer",
            null,
            TimestampType.CREATE_TIME,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            1);
    PartitionLog log = store.openOrCreate(new LogId(topicId, tp.partition()), LogConfig.DEFAULTS);
    return new PartitionOffsetsLog(new Partition(topicId, tp, 0, log, settings));
  }

  private PartitionLog log(String group) {
    return ((PartitionOffsetsLog) node.logs.get(node.offsetsPartition(group))).partition().log();
  }

  private Errors commit(String group, long offset) {
    return errorOf(
        node.send(
            ApiKeys.OFFSET_COMMIT,
            9,
            commitRequest(group, offset),
            OffsetCommitResponseData.class));
  }

  private static OffsetCommitRequestData commitRequest(String group, long offset) {
    return new OffsetCommitRequestData()
        .setGroupId(group)
        .setTopics(
            List.of(
                new OffsetCommitRequestTopic()
                    .setName("t")
                    .setPartitions(
                        List.of(
                            new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(offset)))));
  }

  private static Errors errorOf(OffsetCommitResponseData response) {
    return Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
  }

  private Errors txnCommit(String group, long producerId, long offset) {
    TxnOffsetCommitResponseData response =
        node.send(
            ApiKeys.TXN_OFFSET_COMMIT,
            5,
            new TxnOffsetCommitRequestData()
                .setTransactionalId("tx" + producerId)
                .setGroupId(group)
                .setProducerId(producerId)
                .setProducerEpoch((short) 0)
                .setTopics(
                    List.of(
                        new TxnOffsetCommitRequestTopic()
                            .setName("t")
                            .setPartitions(
                                List.of(
                                    new TxnOffsetCommitRequestPartition()
                                        .setPartitionIndex(0)
                                        .setCommittedOffset(offset))))),
            TxnOffsetCommitResponseData.class);
    return Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
  }

  private void complete(String group, long producerId, TransactionResult result) {
    complete(group, producerId, 0, result, 1);
  }

  private void complete(
      String group, long producerId, int epoch, TransactionResult result, int version) {
    FakeNode.await(
        node.service.completeTransaction(
            node.offsetsPartition(group), producerId, (short) epoch, 0, result, (short) version));
  }

  private OffsetFetchResponsePartitions fetch(String group, boolean requireStable) {
    OffsetFetchResponseData response =
        node.send(
            ApiKeys.OFFSET_FETCH,
            9,
            new OffsetFetchRequestData()
                .setRequireStable(requireStable)
                .setGroups(
                    List.of(new OffsetFetchRequestGroup().setGroupId(group).setTopics(null))),
            OffsetFetchResponseData.class);
    assertEquals(Errors.NONE.code(), response.groups().get(0).errorCode());
    return response.groups().get(0).topics().get(0).partitions().get(0);
  }
}

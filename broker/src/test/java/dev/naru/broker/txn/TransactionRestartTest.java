package dev.naru.broker.txn;

import static dev.naru.broker.txn.ServiceFixture.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import dev.naru.broker.txn.TransactionVerifier.Mode;
import dev.naru.log.AbortedTransaction;
import dev.naru.log.AppendOrigin;
import dev.naru.log.AppendSpec;
import dev.naru.log.PartitionLog;
import dev.naru.log.ReadLimit;
import dev.naru.log.ReadResult;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many transactions over two partitions while the node is stopped and started at any step: what was
 * committed is in both, in order and once; what was aborted is in none.
 */
class TransactionRestartTest {
  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition A1 = new TopicPartition("a", 1);
  private static final int TRANSACTIONS = 30;

  @TempDir Path directory;
  private ServiceFixture node;
  private Random random;
  private ProducerIdentity producer;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void nothingIsLostDoubledOrTorn(long seed) {
    System.out.println("seed " + seed);
    random = new Random(seed);
    node = ServiceFixture.start(directory);
    try {
      node.create("a", 2);
      List<String> committed = new ArrayList<>();
      producer = init();
      for (int i = 0; i < TRANSACTIONS; i++) {
        String value = "v" + i;
        if (transact(value)) {
          committed.add(value);
        }
      }
      assertEquals(committed, readCommitted(A0));
      assertEquals(committed, readCommitted(A1));
    } finally {
      node.close();
    }
  }

  /** Says whether it was committed. A producer that dies is succeeded by one of the same id. */
  private boolean transact(String value) {
    maybeRestart();
    untilNone(
        () ->
            await(
                    node.service.addOrVerify(
                        "t", producer.id(), producer.epoch(), List.of(A0, A1), Mode.ADD))
                .get(A0));
    produce(A0, value);
    maybeRestart();
    produce(A1, value);
    maybeRestart();
    if (random.nextInt(6) == 0) {
      producer = init();
      return false;
    }
    boolean commit = random.nextInt(3) > 0;
    EndTransaction end =
        new EndTransaction(
            "t",
            producer,
            commit ? TransactionResult.COMMIT : TransactionResult.ABORT,
            TransactionVersion.TV_2);
    boolean forgetAnswer = random.nextInt(3) == 0;
    untilNone(() -> await(node.service.endTransaction(end)).error());
    if (forgetAnswer) {
      maybeRestart();
    }
    untilNone(
        () -> {
          Answer again = await(node.service.endTransaction(end));
          producer =
              again.error() == Errors.NONE
                  ? new ProducerIdentity(again.producerId(), again.producerEpoch())
                  : producer;
          return again.error();
        });
    return commit;
  }

  private void maybeRestart() {
    if (random.nextInt(8) == 0) {
      node = node.restart(directory);
    }
  }

  private ProducerIdentity init() {
    Answer[] answer = new Answer[1];
    untilNone(
        () -> {
          answer[0] =
              await(
                  node.service.initProducerId(new InitProducerId("t", 60_000, false, false, null)));
          return answer[0].error();
        });
    return new ProducerIdentity(answer[0].producerId(), answer[0].producerEpoch());
  }

  /** Tries again as a client does, while it is told to. */
  private void untilNone(Supplier<Errors> attempt) {
    Set<Errors> retriable =
        Set.of(
            Errors.CONCURRENT_TRANSACTIONS,
            Errors.COORDINATOR_LOAD_IN_PROGRESS,
            Errors.NOT_COORDINATOR,
            Errors.COORDINATOR_NOT_AVAILABLE);
    node.until(
        "success",
        () -> {
          Errors error = attempt.get();
          if (error != Errors.NONE && !retriable.contains(error)) {
            throw new AssertionError(error);
          }
          return error == Errors.NONE;
        });
  }

  private void produce(TopicPartition partition, String value) {
    PartitionLog log = node.partitions.get(partition).log();
    MemoryRecords batch =
        MemoryRecords.withTransactionalRecords(
            Compression.NONE,
            producer.id(),
            producer.epoch(),
            0,
            new SimpleRecord(node.timers.nowMs(), null, value.getBytes(UTF_8)));
    log.append(
        batch.buffer(),
        new AppendSpec(
            AppendOrigin.CLIENT,
            0,
            node.timers.nowMs(),
            log.startVerification(producer.id(), producer.epoch(), 0, true)));
  }

  /** As a consumer reads: control batches open and close what was aborted. */
  private List<String> readCommitted(TopicPartition partition) {
    PartitionLog log = node.partitions.get(partition).log();
    node.until(
        "no open transaction",
        () ->
            log.highWatermark() == log.logEndOffset()
                && log.lastStableOffset() == log.logEndOffset());
    List<String> values = new ArrayList<>();
    ReadResult read = await(log.read(0, 64 << 20, true, ReadLimit.LAST_STABLE_OFFSET));
    Set<Long> aborting = new HashSet<>();
    ArrayDeque<AbortedTransaction> left = new ArrayDeque<>(read.abortedTransactions());
    for (MutableRecordBatch batch : read.records().toMemoryRecords().batches()) {
      while (!left.isEmpty() && left.peek().firstOffset() <= batch.lastOffset()) {
        aborting.add(left.poll().producerId());
      }
      for (Record record : batch) {
        if (batch.isControlBatch()) {
          if (ControlRecordType.parse(record.key()) == ControlRecordType.ABORT) {
            aborting.remove(batch.producerId());
          }
        } else if (!aborting.contains(batch.producerId())) {
          values.add(UTF_8.decode(record.value()).toString());
        }
      }
    }
    read.records().close();
    assertEquals(
        0,
        log.producers().stream()
            .filter(one -> one.currentTransactionFirstOffset().isPresent())
            .count());
    return values;
  }
}

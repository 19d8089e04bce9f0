package dev.naru.broker.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.broker.txn.TransactionCommand.AbortTimedOut;
import dev.naru.broker.txn.TransactionCommand.AddPartitions;
import dev.naru.broker.txn.TransactionCommand.Complete;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;

/**
 * A state machine that is driven by hand. Every record goes through its bytes on the way to the
 * log; {@link #restart} throws the machine away and replays the log.
 */
final class MachineTranscript {
  static final String ID = "tx";

  final TransactionConfig config = TransactionConfig.DEFAULTS;
  final List<MemoryRecords> log = new ArrayList<>();
  TransactionStateMachine machine = new TransactionStateMachine(config);
  long nowMs = 1_000_000;
  long nextProducerId = 100;
  TransactionVersion version = TransactionVersion.TV_2;

  /** Runs a command as the shell does, and gives "ERROR" or "NONE id/epoch". */
  String run(TransactionCommand command) {
    long spare = -1;
    for (int i = 0; i < 10; i++) {
      Decision decision = command.decide(machine, spare, nowMs);
      if (decision.record() != null) {
        log.add(TransactionRecords.encode(List.of(decision.record()), nowMs));
        machine.replay(decision.record());
        spare = -1;
      }
      switch (decision.next()) {
        case NEEDS_PRODUCER_ID -> spare = nextProducerId++;
        case DECIDE_AGAIN -> {}
        case ANSWER -> {
          return text(decision.answer());
        }
      }
    }
    throw new AssertionError(command + " comes to no end");
  }

  private static String text(Answer answer) {
    return answer.producerId() < 0
        ? answer.error().name()
        : answer.error() + " " + answer.producerId() + "/" + answer.producerEpoch();
  }

  String init() {
    return init(60_000, null);
  }

  String init(int timeoutMs, ProducerIdentity expected) {
    return run(new InitProducerId(ID, timeoutMs, false, false, expected));
  }

  String add(long producerId, int epoch, String... partitions) {
    return run(new AddPartitions(ID, producer(producerId, epoch), partitions(partitions), version));
  }

  String commit(long producerId, int epoch) {
    return run(
        new EndTransaction(ID, producer(producerId, epoch), TransactionResult.COMMIT, version));
  }

  String abort(long producerId, int epoch) {
    return run(
        new EndTransaction(ID, producer(producerId, epoch), TransactionResult.ABORT, version));
  }

  String complete() {
    return run(new Complete(machine.get(ID)));
  }

  /** Aborts all that is timed out and says how many that were. */
  int tick() {
    List<Transaction> open = machine.timedOut(each -> nowMs - each.startMs());
    open.forEach(transaction -> run(new AbortTimedOut(transaction)));
    return open.size();
  }

  void expire() {
    List<TransactionRecord> expired = machine.expired(nowMs);
    log.add(TransactionRecords.encode(expired, nowMs));
    expired.forEach(machine::replay);
  }

  void restart() {
    TransactionStateMachine fresh = new TransactionStateMachine(config);
    for (MemoryRecords batch : log) {
      for (Record record : batch.records()) {
        TransactionRecords.decode(record).ifPresent(fresh::replay);
      }
    }
    machine = fresh;
  }

  /** "State id/epoch [partitions]". */
  String state() {
    Transaction transaction = machine.get(ID);
    if (transaction == null) {
      return "none";
    }
    Set<String> partitions = new TreeSet<>();
    transaction.partitions().forEach(partition -> partitions.add(partition.toString()));
    return transaction.state().stateName()
        + " "
        + transaction.producerId()
        + "/"
        + transaction.producerEpoch()
        + " "
        + partitions;
  }

  void expectState(String expected) {
    assertEquals(expected, state());
  }

  static ProducerIdentity producer(long id, int epoch) {
    return new ProducerIdentity(id, (short) epoch);
  }

  static Set<TopicPartition> partitions(String... names) {
    Set<TopicPartition> result = new HashSet<>();
    for (String name : names) {
      int dash = name.lastIndexOf('-');
      result.add(
          new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1))));
    }
    return result;
  }

  /** Puts the producer's epoch where a long life would have brought it. */
  void age(int epoch) {
    Transaction current = machine.get(ID);
    Transaction aged =
        new Transaction(
            ID,
            current.producerId(),
            current.prevProducerId(),
            current.nextProducerId(),
            (short) epoch,
            (short) (epoch - 1),
            current.timeoutMs(),
            current.state(),
            current.partitions(),
            current.startMs(),
            current.lastUpdateMs(),
            current.clientVersion());
    TransactionRecord record = TransactionRecord.of(aged);
    log.add(TransactionRecords.encode(List.of(record), nowMs));
    machine.replay(record);
  }
}

package dev.naru.broker.txn;

import dev.naru.broker.Timers;
import dev.naru.broker.txn.TransactionCommand.AbortTimedOut;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell around one partition's state machine. Any thread.
 *
 * <p>Under its lock a command is decided, its record appended, and the record replayed: later
 * commands see it at once. Answers and markers wait until all that they rest on is durable; since
 * the log becomes durable in order, nothing is ever told that a crash can take back. An append
 * whose outcome is unknown ends this object, and so does the end of this node's leadership; its
 * owner loads the partition anew where it is led.
 */
final class TransactionPartition {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionPartition.class);
  private static final int MAX_PARKED = 1000;
  private static final int TOMBSTONES_PER_BATCH = 200;

  /** What the partition tells the one who keeps it. Not called under the partition's lock. */
  interface Owner {
    /** The end of a transaction is decided, durably: its markers may be written. */
    void onPrepared(TransactionPartition partition, Transaction prepared);

    /** Nothing is known for certain any more: load anew. */
    void onFailure(TransactionPartition partition, Throwable cause);
  }

  private enum Phase {
    LOADING(Errors.COORDINATOR_LOAD_IN_PROGRESS),
    ACTIVE(Errors.NONE),
    FAILED(Errors.COORDINATOR_NOT_AVAILABLE),
    CLOSED(Errors.NOT_COORDINATOR);

    private final Errors refusal;

    Phase(Errors refusal) {
      this.refusal = refusal;
    }
  }

  /** A command on its way to an answer. */
  private static final class Execution {
    private final TransactionCommand command;
    private final long deadlineMs;
    private final CompletableFuture<Answer> result = new CompletableFuture<>();
    private long spareProducerId = RecordBatch.NO_PRODUCER_ID;
    private Timers.Handle timer;

    Execution(TransactionCommand command, long deadlineMs) {
      this.command = command;
      this.deadlineMs = deadlineMs;
    }
  }

  private final int index;
  private final int leaderEpoch;
  private final Timers timers;
  private final ProducerIds producerIds;
  private final Owner owner;
  private final Executor afterDurable;

  private final ReentrantLock lock = new ReentrantLock();
  private Phase phase = Phase.LOADING;
  private TransactionStateMachine machine;
  private TransactionStateLog log;
  // For each id with a record that may not be durable yet, the offset after that record.
  private final Map<String, Long> volatileEnds = new HashMap<>();
  private final OvertakingEnds overtakingEnds = new OvertakingEnds();
  private final OpenTimes openTimes;
  private final Map<String, List<Execution>> parked = new HashMap<>();
  private int parkedCount;

  /**
   * @param leaderEpoch the epoch in which this node leads the partition
   * @param afterDurable where things go on once something is durable; the log's own thread must not
   *     append to logs, which those who wait for an answer do
   */
  TransactionPartition(
      int index,
      int leaderEpoch,
      Timers timers,
      ProducerIds producerIds,
      Owner owner,
      Executor afterDurable) {
    this.index = index;
    this.leaderEpoch = leaderEpoch;
    this.afterDurable = afterDurable;
    this.timers = timers;
    this.openTimes = new OpenTimes(timers);
    this.producerIds = producerIds;
    this.owner = owner;
  }

  int index() {
    return index;
  }

  /** The partition's leader epoch, which markers carry to fence former coordinators. */
  int coordinatorEpoch() {
    return leaderEpoch;
  }

  /** Takes what was loaded and begins to serve; goes on with ends that were decided before. */
  void activate(TransactionStateMachine loaded, TransactionStateLog stateLog) {
    List<Transaction> prepared;
    List<Execution> waiting;
    lock.lock();
    try {
      if (phase != Phase.LOADING) {
        return;
      }
      machine = loaded;
      openTimes.loaded(machine.ongoing());
      log = stateLog;
      phase = Phase.ACTIVE;
      prepared = machine.prepared();
      waiting = unparkAll();
    } finally {
      lock.unlock();
    }
    prepared.forEach(transaction -> owner.onPrepared(this, transaction));
    waiting.forEach(this::attempt);
  }

  /** This node does not coordinate the partition any more: who waits is told to go elsewhere. */
  void close() {
    stop(Phase.CLOSED);
  }

  private boolean stop(Phase last) {
    List<Execution> waiting;
    lock.lock();
    try {
      if (phase == Phase.FAILED || phase == Phase.CLOSED) {
        return false;
      }
      phase = last;
      waiting = unparkAll();
    } finally {
      lock.unlock();
    }
    waiting.forEach(execution -> execution.result.complete(Answer.of(last.refusal)));
    return true;
  }

  private void fail(Throwable cause) {
    if (stop(Phase.FAILED)) {
      LOG.error(
          "The outcome of a write to __transaction_state-{} is unknown; it is loaded anew",
          index,
          cause);
      owner.onFailure(this, cause);
    }
  }

  /**
   * Decides a command and answers when it is durable.
   *
   * @param maxWaitMs how long it may wait for the end of the previous transaction, or for the
   *     partition to be loaded
   */
  CompletableFuture<Answer> run(TransactionCommand command, long maxWaitMs) {
    Execution execution = new Execution(command, timers.elapsedMs() + maxWaitMs);
    attempt(execution);
    return execution.result;
  }

  private void attempt(Execution execution) {
    Effects effects = new Effects();
    Decision decision;
    lock.lock();
    try {
      decision = decide(execution, effects);
      if (decision == null) {
        effects.parked = true;
      }
    } finally {
      lock.unlock();
    }
    perform(effects);
    if (effects.parked) {
      return;
    }
    if (decision.next() == Decision.Next.NEEDS_PRODUCER_ID) {
      fetchProducerId(execution);
    } else {
      answer(execution, decision.answer(), effects);
    }
  }

  /** Gives null when the execution was parked. */
  private Decision decide(Execution execution, Effects effects) {
    Decision decision;
    if (phase != Phase.ACTIVE) {
      decision = Decision.refuse(phase.refusal);
    } else {
      effects.log = log;
      decision = decideAndApply(execution, effects);
      Long end = volatileEnds.get(execution.command.transactionalId());
      effects.answerEnd = end == null ? -1 : end;
      if (comesAgain(execution.command, decision)) {
        // At once: the client sends no records before this is answered.
        return Decision.refuse(Errors.CONCURRENT_TRANSACTIONS);
      }
    }
    boolean mayPark =
        decision.next() == Decision.Next.ANSWER && isTransient(decision.answer().error());
    return mayPark && park(execution) ? null : decision;
  }

  private boolean comesAgain(TransactionCommand command, Decision decision) {
    return decision.next() == Decision.Next.ANSWER
        && decision.answer().error() == Errors.INVALID_TXN_STATE
        && command instanceof EndTransaction end
        && overtakingEnds.mayComeAgain(end, machine.get(end.transactionalId()));
  }

  private Decision decideAndApply(Execution execution, Effects effects) {
    try {
      long nowMs = timers.nowMs();
      Decision decision;
      do {
        decision = execution.command.decide(machine, execution.spareProducerId, nowMs);
        if (decision.record() != null) {
          apply(List.of(decision.record()), nowMs, effects);
          // It may be in use now.
          execution.spareProducerId = RecordBatch.NO_PRODUCER_ID;
        }
      } while (decision.next() == Decision.Next.DECIDE_AGAIN);
      return decision;
    } catch (KafkaStorageException e) {
      LOG.warn("__transaction_state-{} cannot be written: {}", index, e.getMessage());
      effects.failure = log.failure().orElse(null);
      return Decision.refuse(Errors.COORDINATOR_NOT_AVAILABLE);
    } catch (RuntimeException e) {
      LOG.error("Cannot handle {} on __transaction_state-{}", execution.command, index, e);
      return Decision.refuse(Errors.UNKNOWN_SERVER_ERROR);
    }
  }

  private void apply(List<TransactionRecord> records, long nowMs, Effects effects) {
    long end = log.append(records, nowMs);
    for (TransactionRecord record : records) {
      machine.replay(record);
      openTimes.changed(record.transactionalId(), machine.getOngoing(record.transactionalId()));
      volatileEnds.put(record.transactionalId(), end);
      overtakingEnds.forget(record.transactionalId());
      effects.woken.addAll(unpark(record.transactionalId()));
    }
    effects.applied.add(new Applied(records, end));
  }

  private static boolean isTransient(Errors error) {
    return error == Errors.CONCURRENT_TRANSACTIONS || error == Errors.COORDINATOR_LOAD_IN_PROGRESS;
  }

  private record Applied(List<TransactionRecord> records, long end) {}

  /** What is left to do when the lock is free again. */
  private static final class Effects {
    private TransactionStateLog log;
    private final List<Applied> applied = new ArrayList<>();
    private final List<Execution> woken = new ArrayList<>();
    private long answerEnd = -1;
    private boolean parked;

    /** Why the log takes nothing more. */
    private Throwable failure;
  }

  private void perform(Effects effects) {
    for (Applied applied : effects.applied) {
      effects.log.whenDurable(
          applied.end(), failure -> afterDurable.execute(() -> onDurable(applied, failure)));
    }
    if (effects.failure != null) {
      fail(effects.failure);
    }
    effects.woken.forEach(this::attempt);
  }

  private void onDurable(Applied applied, Throwable failure) {
    if (failure != null) {
      fail(failure);
      return;
    }
    lock.lock();
    try {
      if (phase != Phase.ACTIVE) {
        return;
      }
      for (TransactionRecord record : applied.records()) {
        volatileEnds.remove(record.transactionalId(), applied.end());
      }
    } finally {
      lock.unlock();
    }
    for (TransactionRecord record : applied.records()) {
      if (record.value() != null && record.value().isPrepared()) {
        owner.onPrepared(this, record.value());
      }
    }
  }

  private void answer(Execution execution, Answer answer, Effects effects) {
    if (effects.answerEnd < 0) {
      execution.result.complete(answer);
      return;
    }
    effects.log.whenDurable(
        effects.answerEnd,
        failure ->
            afterDurable.execute(
                () -> {
                  if (failure == null) {
                    execution.result.complete(answer);
                  } else {
                    fail(failure);
                    execution.result.complete(Answer.of(refusal()));
                  }
                }));
  }

  private void fetchProducerId(Execution execution) {
    producerIds
        .next()
        .whenComplete(
            (id, failure) -> {
              if (failure == null) {
                execution.spareProducerId = id;
                attempt(execution);
              } else {
                LOG.warn("No producer id for {}", execution.command.transactionalId(), failure);
                execution.result.complete(Answer.of(Errors.COORDINATOR_LOAD_IN_PROGRESS));
              }
            });
  }

  private boolean park(Execution execution) {
    long delayMs = execution.deadlineMs - timers.elapsedMs();
    if (delayMs <= 0 || parkedCount >= MAX_PARKED) {
      return false;
    }
    parked
        .computeIfAbsent(execution.command.transactionalId(), id -> new ArrayList<>())
        .add(execution);
    parkedCount++;
    if (execution.timer == null) {
      execution.timer = timers.schedule(delayMs, () -> giveUp(execution));
    }
    return true;
  }

  private void giveUp(Execution execution) {
    lock.lock();
    try {
      List<Execution> waiting = parked.get(execution.command.transactionalId());
      if (waiting == null || !waiting.remove(execution)) {
        return;
      }
      parkedCount--;
      if (waiting.isEmpty()) {
        parked.remove(execution.command.transactionalId());
      }
    } finally {
      lock.unlock();
    }
    // Its deadline has passed, so it is answered now, whatever it finds.
    attempt(execution);
  }

  private List<Execution> unpark(String transactionalId) {
    List<Execution> waiting = parked.remove(transactionalId);
    if (waiting == null) {
      return List.of();
    }
    parkedCount -= waiting.size();
    return waiting;
  }

  private List<Execution> unparkAll() {
    List<Execution> all = new ArrayList<>();
    parked.values().forEach(all::addAll);
    parked.clear();
    parkedCount = 0;
    return all;
  }

  /** Whether this decided end is still the current state here. */
  boolean isCurrent(Transaction prepared) {
    return read(loaded -> prepared.equals(loaded.get(prepared.transactionalId())), false);
  }

  /** NONE while commands are decided here, otherwise why they are not. */
  Errors refusal() {
    lock.lock();
    try {
      return phase.refusal;
    } finally {
      lock.unlock();
    }
  }

  /** The state of a transactional id, or null. */
  Transaction get(String transactionalId) {
    return read(loaded -> loaded.get(transactionalId), null);
  }

  List<Transaction> all() {
    return read(loaded -> List.copyOf(loaded.all()), List.of());
  }

  private <T> T read(Function<TransactionStateMachine, T> query, T otherwise) {
    lock.lock();
    try {
      return phase == Phase.ACTIVE ? query.apply(machine) : otherwise;
    } finally {
      lock.unlock();
    }
  }

  /** Whether partitions are in the open transaction, as far as that is durable. */
  CompletableFuture<Map<TopicPartition, Errors>> verify(
      String transactionalId, ProducerIdentity producer, Collection<TopicPartition> partitions) {
    Map<TopicPartition, Errors> verdicts;
    TransactionStateLog stateLog;
    Long end;
    lock.lock();
    try {
      if (phase != Phase.ACTIVE) {
        return CompletableFuture.completedFuture(sameForAll(partitions, phase.refusal));
      }
      verdicts = machine.verify(transactionalId, producer, partitions);
      stateLog = log;
      end = volatileEnds.get(transactionalId);
    } finally {
      lock.unlock();
    }
    CompletableFuture<Map<TopicPartition, Errors>> result = new CompletableFuture<>();
    if (end == null) {
      result.complete(verdicts);
    } else {
      stateLog.whenDurable(
          end,
          failure -> {
            Map<TopicPartition, Errors> told =
                failure == null
                    ? verdicts
                    : sameForAll(partitions, Errors.COORDINATOR_NOT_AVAILABLE);
            afterDurable.execute(() -> result.complete(told));
          });
    }
    return result;
  }

  static Map<TopicPartition, Errors> sameForAll(
      Collection<TopicPartition> partitions, Errors error) {
    Map<TopicPartition, Errors> result = new HashMap<>();
    partitions.forEach(partition -> result.put(partition, error));
    return result;
  }

  /** Aborts what was open for too long. */
  void abortTimedOut() {
    List<Transaction> timedOut =
        read(loaded -> loaded.timedOut(openTimes::openMs), List.<Transaction>of());
    for (Transaction open : timedOut) {
      run(new AbortTimedOut(open), 0)
          .thenAccept(
              answer -> {
                if (answer.error() == Errors.NONE) {
                  LOG.info(
                      "The transaction of {} (producer {}, epoch {}) is aborted: it was open for"
                          + " more than {} ms",
                      open.transactionalId(),
                      open.producerId(),
                      open.producerEpoch(),
                      open.timeoutMs());
                }
              });
    }
  }

  /** Forgets ids that were idle for too long. */
  void expire() {
    Effects effects = new Effects();
    lock.lock();
    try {
      if (phase != Phase.ACTIVE) {
        return;
      }
      effects.log = log;
      long nowMs = timers.nowMs();
      List<TransactionRecord> expired = machine.expired(nowMs);
      for (int from = 0; from < expired.size(); from += TOMBSTONES_PER_BATCH) {
        int to = Math.min(expired.size(), from + TOMBSTONES_PER_BATCH);
        apply(expired.subList(from, to), nowMs, effects);
      }
    } catch (KafkaStorageException e) {
      LOG.warn("__transaction_state-{} cannot be written: {}", index, e.getMessage());
      effects.failure = log.failure().orElse(null);
    } finally {
      lock.unlock();
    }
    perform(effects);
  }
}

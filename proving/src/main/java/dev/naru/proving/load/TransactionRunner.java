package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.Outcome;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transaction after the other on one producer, each with the outcome that its client can know:
 * committed, not committed for certain, or unknown. Belongs to one thread.
 */
final class TransactionRunner {
  /** What happens inside a transaction; may fail as a producer's calls fail. */
  interface Body {
    void run(History.Transaction transaction);
  }

  private static final Logger LOG = LoggerFactory.getLogger(TransactionRunner.class);
  private static final int COMMIT_TRIES = 3;

  private final Producer<String, String> producer;
  private final History history;
  private boolean usable;
  private KafkaException lastError;

  TransactionRunner(Producer<String, String> producer, History history) {
    this.producer = producer;
    this.history = history;
  }

  /** Registers the producer, again and again while the node is away. */
  void init(BooleanSupplier stopping) {
    while (!usable && !stopping.getAsBoolean()) {
      try {
        producer.initTransactions();
        usable = true;
      } catch (TimeoutException e) {
        LOG.info("the node is away", e);
      }
    }
  }

  /** False after an error that only a new producer can get over. */
  boolean usable() {
    return usable;
  }

  /** The error that the last transaction met; null when it met none. */
  KafkaException lastError() {
    return lastError;
  }

  Outcome run(String id, boolean commit, Body body) {
    lastError = null;
    History.Transaction transaction = history.begin(id);
    Outcome outcome = attempt(transaction, commit, body);
    transaction.end(outcome);
    return outcome;
  }

  /** Begins a transaction and never ends it: what a client does that dies. */
  void leave(String id, Body body) {
    History.Transaction transaction = history.begin(id);
    try {
      producer.beginTransaction();
      body.run(transaction);
      producer.flush();
    } catch (KafkaException e) {
      lastError = e;
    }
    usable = false;
    // Nobody asked for it to be committed, so it never may be.
    transaction.end(Outcome.FAIL);
  }

  private Outcome attempt(History.Transaction transaction, boolean commit, Body body) {
    try {
      producer.beginTransaction();
      body.run(transaction);
      if (!commit) {
        producer.flush();
      }
    } catch (KafkaException e) {
      lastError = e;
      return abort();
    }
    return commit ? commit() : abort();
  }

  /**
   * Without a request to commit nothing is ever committed, so this fails for certain, whatever the
   * abort does.
   */
  private Outcome abort() {
    try {
      producer.abortTransaction();
    } catch (KafkaException e) {
      lastError = e;
      usable = false;
    }
    return Outcome.FAIL;
  }

  private Outcome commit() {
    for (int i = 0; i < COMMIT_TRIES; i++) {
      try {
        producer.commitTransaction();
        return Outcome.OK;
      } catch (TimeoutException e) {
        lastError = e;
        LOG.info("a commit timed out and may be repeated", e);
      } catch (KafkaException e) {
        lastError = e;
        return abortAfterCommit();
      }
    }
    usable = false;
    return Outcome.UNKNOWN;
  }

  /** A commit that failed may be aborted when a record failed before it; otherwise nobody knows. */
  private Outcome abortAfterCommit() {
    try {
      producer.abortTransaction();
      return Outcome.FAIL;
    } catch (KafkaException e) {
      usable = false;
      return Outcome.UNKNOWN;
    }
  }
}

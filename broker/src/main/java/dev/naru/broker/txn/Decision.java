package dev.naru.broker.txn;

import org.apache.kafka.common.protocol.Errors;

/**
 * What a command comes to: the record to append, if any, and how it goes on once that record is
 * applied.
 *
 * @param record null when nothing changes
 * @param answer null unless {@code next} is ANSWER
 */
record Decision(TransactionRecord record, Answer answer, Next next) {

  enum Next {
    /** Give the answer, as soon as everything it rests on is durable. */
    ANSWER,
    /** Ask the command once more, on the state that the record led to. */
    DECIDE_AGAIN,
    /** Ask the command once more, with an unused producer id at hand. */
    NEEDS_PRODUCER_ID
  }

  static Decision refuse(Errors error) {
    return new Decision(null, Answer.of(error), Next.ANSWER);
  }

  static Decision answer(Answer answer) {
    return new Decision(null, answer, Next.ANSWER);
  }

  static Decision append(Transaction transaction, Answer answer) {
    return new Decision(TransactionRecord.of(transaction), answer, Next.ANSWER);
  }

  static Decision appendAndDecideAgain(Transaction transaction) {
    return new Decision(TransactionRecord.of(transaction), null, Next.DECIDE_AGAIN);
  }

  static Decision needsProducerId() {
    return new Decision(null, null, Next.NEEDS_PRODUCER_ID);
  }
}

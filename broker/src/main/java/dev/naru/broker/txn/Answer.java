package dev.naru.broker.txn;

import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;

/** What a client is told: an error or NONE, and the producer id and epoch to go on with. */
record Answer(Errors error, long producerId, short producerEpoch) {

  static Answer of(Errors error) {
    return new Answer(error, RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH);
  }

  static Answer of(Transaction transaction) {
    return new Answer(Errors.NONE, transaction.producerId(), transaction.producerEpoch());
  }
}

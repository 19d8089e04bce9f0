package dev.naru.log;

import java.util.Iterator;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.TransactionCoordinatorFencedException;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/** The rules by which a producer's batch is let into a log. They look and change nothing. */
final class ProducerChecks {
  private ProducerChecks() {}

  /** What a client's set of batches with a producer id must look like. */
  static void clientBatch(RecordBatch batch, boolean alone) {
    if (!alone) {
      throw new InvalidRecordException(
          "A produce request must have exactly one batch per partition when it has a producer id; "
              + name(batch)
              + " sent several.");
    }
    if (batch.isControlBatch()) {
      throw new InvalidRecordException(
          "Clients may not write control records, as " + name(batch) + " tried to.");
    }
  }

  /**
   * @param known the producer's state, null when there is none
   * @param verification the producer's verification under way, null when there is none
   */
  static void check(
      RecordBatch batch,
      ProducerEntry known,
      ProducerStates.Verification verification,
      AppendSpec spec) {
    boolean openHere =
        known != null && known.inTransaction() && known.epoch() == batch.producerEpoch();
    if (batch.isTransactional() && !openHere) {
      notOlder(batch.producerId(), batch.producerEpoch(), known);
      boolean verified =
          spec.guard() != null && verification != null && verification.guard == spec.guard();
      if (!batch.isControlBatch() && !verified) {
        throw new InvalidTxnStateException(
            "The batch of "
                + name(batch)
                + " is not part of a transaction that is open at this partition.");
      }
    }
    if (batch.isControlBatch()) {
      marker(batch, known, spec.transactionVersion());
    } else {
      data(batch, known, verification, spec);
    }
  }

  static void notOlder(long producerId, short epoch, ProducerEntry known) {
    if (known != null && epoch < known.epoch()) {
      throw new InvalidProducerEpochException(
          "Producer "
              + producerId
              + " came with epoch "
              + epoch
              + ", but epoch "
              + known.epoch()
              + " has written here already.");
    }
  }

  private static void data(
      RecordBatch batch,
      ProducerEntry known,
      ProducerStates.Verification verification,
      AppendSpec spec) {
    notOlder(batch.producerId(), batch.producerEpoch(), known);
    if (spec.origin() == AppendOrigin.CLIENT) {
      sequence(batch, known, verification);
    }
    if (known != null && known.inTransaction() && !batch.isTransactional()) {
      throw new InvalidTxnStateException(
          name(batch) + " has a transaction open here and may write transactional batches only.");
    }
  }

  private static void sequence(
      RecordBatch batch, ProducerEntry known, ProducerStates.Verification verification) {
    int sequence = batch.baseSequence();
    if (verification != null) {
      boolean unknown = known == null || !known.hasBatches();
      if (verification.supportsEpochBump && unknown && sequence != 0) {
        throw outOfOrder(batch, "0, as no batch of this epoch is known");
      }
      if (sequence > verification.lowestSequence) {
        throw outOfOrder(batch, verification.lowestSequence + ", which is being verified");
      }
    }
    if (known == null || known.epoch() == RecordBatch.NO_PRODUCER_EPOCH) {
      // All that the producer wrote may have been deleted since, so any sequence may be next.
      return;
    }
    if (batch.producerEpoch() != known.epoch()) {
      if (sequence != 0) {
        throw outOfOrder(batch, "0, as the epoch is new (the last one was " + known.epoch() + ")");
      }
    } else if (!follows(known.lastSequence(), sequence)) {
      throw outOfOrder(batch, "the one after " + known.lastSequence());
    }
  }

  /** Sequences wrap from the largest int to 0. */
  private static boolean follows(int last, int next) {
    return next == last + 1L || (next == 0 && last == Integer.MAX_VALUE);
  }

  private static void marker(RecordBatch batch, ProducerEntry known, short transactionVersion) {
    Iterator<Record> records = batch.iterator();
    if (known == null || !records.hasNext()) {
      return;
    }
    notOlder(batch.producerId(), batch.producerEpoch(), known);
    // With transactions v2 the marker itself brings the next epoch. One with the open transaction's
    // own epoch is a delayed copy of the marker before. With nothing open, it is a harmless retry;
    // at the largest epoch there is no next one to bring.
    if (transactionVersion >= 2
        && batch.producerEpoch() == known.epoch()
        && known.inTransaction()
        && known.epoch() != Short.MAX_VALUE) {
      throw new InvalidProducerEpochException(
          "A marker of transactions v2 for "
              + name(batch)
              + " must have a newer epoch than the transaction that is open here.");
    }
    int coordinatorEpoch = EndTransactionMarker.deserialize(records.next()).coordinatorEpoch();
    if (coordinatorEpoch < known.coordinatorEpoch()) {
      throw new TransactionCoordinatorFencedException(
          "A marker for "
              + name(batch)
              + " came from coordinator epoch "
              + coordinatorEpoch
              + ", but epoch "
              + known.coordinatorEpoch()
              + " has written here already.");
    }
  }

  private static OutOfOrderSequenceException outOfOrder(RecordBatch batch, String expected) {
    return new OutOfOrderSequenceException(
        name(batch)
            + " sent sequence "
            + batch.baseSequence()
            + "; expected was "
            + expected
            + ".");
  }

  private static String name(RecordBatch batch) {
    return "producer " + batch.producerId() + " (epoch " + batch.producerEpoch() + ")";
  }
}

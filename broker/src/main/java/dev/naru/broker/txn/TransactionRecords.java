package dev.naru.broker.txn;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TransactionMetadata;
import org.apache.kafka.coordinator.transaction.TxnTransitMetadata;
import org.apache.kafka.server.common.TransactionVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes as they stand in {@code __transaction_state}: Kafka's own keys and values. */
final class TransactionRecords {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionRecords.class);

  private TransactionRecords() {}

  /** One batch with these changes. */
  static MemoryRecords encode(List<TransactionRecord> records, long nowMs) {
    SimpleRecord[] simple = new SimpleRecord[records.size()];
    for (int i = 0; i < simple.length; i++) {
      TransactionRecord record = records.get(i);
      byte[] key = TransactionLog.keyToBytes(record.transactionalId());
      byte[] value = record.value() == null ? null : valueOf(record.value());
      simple[i] = new SimpleRecord(nowMs, key, value);
    }
    return MemoryRecords.withRecords(Compression.NONE, simple);
  }

  private static byte[] valueOf(Transaction transaction) {
    return TransactionLog.valueToBytes(
        new TxnTransitMetadata(
            transaction.producerId(),
            transaction.prevProducerId(),
            transaction.nextProducerId(),
            transaction.producerEpoch(),
            transaction.lastProducerEpoch(),
            transaction.timeoutMs(),
            transaction.state(),
            new HashSet<>(transaction.partitions()),
            transaction.startMs(),
            transaction.lastUpdateMs(),
            transaction.clientVersion()),
        TransactionVersion.LATEST_PRODUCTION);
  }

  /**
   * Reads a change back. The last producer epoch is not kept, so a client's retry of InitProducerId
   * is not recognised across a restart; Kafka's log has no place for it either.
   *
   * @return empty for a record of a kind that this version does not know
   */
  static Optional<TransactionRecord> decode(Record record) {
    if (!record.hasKey()) {
      throw new IllegalStateException(
          "The record at offset " + record.offset() + " of __transaction_state has no key");
    }
    TransactionLog.ReadResult read = TransactionLog.read(record.key(), record.value());
    if (read instanceof TransactionLog.TxnTombstone tombstone) {
      return Optional.of(TransactionRecord.tombstone(tombstone.transactionId()));
    }
    if (read instanceof TransactionLog.TxnRecord known) {
      return Optional.of(TransactionRecord.of(transactionOf(known.metadata())));
    }
    LOG.warn("Ignoring a record of an unknown kind in __transaction_state: {}", read);
    return Optional.empty();
  }

  private static Transaction transactionOf(TransactionMetadata metadata) {
    return new Transaction(
        metadata.transactionalId(),
        metadata.producerId(),
        metadata.prevProducerId(),
        readNextProducerId(metadata),
        metadata.producerEpoch(),
        metadata.lastProducerEpoch(),
        metadata.txnTimeoutMs(),
        metadata.state(),
        metadata.topicPartitions(),
        metadata.txnStartTimestamp(),
        metadata.txnLastUpdateTimestamp(),
        metadata.clientTransactionVersion());
  }

  /** The class has no getter of that name; a transition that changes nothing tells. */
  private static long readNextProducerId(TransactionMetadata metadata) {
    return metadata.prepareNoTransit().nextProducerId();
  }
}

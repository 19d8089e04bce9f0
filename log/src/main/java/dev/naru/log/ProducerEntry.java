package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import org.apache.kafka.common.record.internal.RecordBatch;

/** What a log remembers of one producer. Not thread-safe. */
final class ProducerEntry {
  /** A client may have this many produce requests in flight, so that many may come again. */
  static final int BATCHES_KEPT = 5;

  static final int MAX_ENCODED_BYTES = 8 + 2 + 4 + 8 + 8 + 8 + 1 + BATCHES_KEPT * Span.BYTES;
  private static final long NO_OFFSET = -1;

  final long producerId;
  private final ArrayDeque<Span> batches = new ArrayDeque<>(BATCHES_KEPT);
  private short epoch = RecordBatch.NO_PRODUCER_EPOCH;
  private int coordinatorEpoch = -1;
  private long lastTimestampMs = RecordBatch.NO_TIMESTAMP;
  private long lastSeenMs;
  private long transactionFirstOffset = NO_OFFSET;

  ProducerEntry(long producerId) {
    this.producerId = producerId;
  }

  /** Sequences and offsets of a batch, ends included. */
  record Span(int firstSequence, int lastSequence, long baseOffset, long lastOffset) {
    static final int BYTES = 4 + 4 + 8 + 8;
  }

  ProducerEntry copy() {
    ProducerEntry copy = new ProducerEntry(producerId);
    copy.batches.addAll(batches);
    copy.epoch = epoch;
    copy.coordinatorEpoch = coordinatorEpoch;
    copy.lastTimestampMs = lastTimestampMs;
    copy.lastSeenMs = lastSeenMs;
    copy.transactionFirstOffset = transactionFirstOffset;
    return copy;
  }

  short epoch() {
    return epoch;
  }

  int coordinatorEpoch() {
    return coordinatorEpoch;
  }

  long lastSeenMs() {
    return lastSeenMs;
  }

  boolean hasBatches() {
    return !batches.isEmpty();
  }

  int lastSequence() {
    return batches.isEmpty() ? RecordBatch.NO_SEQUENCE : batches.getLast().lastSequence();
  }

  long lastDataOffset() {
    return batches.isEmpty() ? NO_OFFSET : batches.getLast().lastOffset();
  }

  boolean inTransaction() {
    return transactionFirstOffset != NO_OFFSET;
  }

  long transactionFirstOffset() {
    return transactionFirstOffset;
  }

  /** The batch that this one repeats, or null. */
  Span findDuplicate(RecordBatch batch) {
    if (batch.producerEpoch() != epoch) {
      return null;
    }
    int first = batch.baseSequence();
    int last = batch.lastSequence();
    for (Span span : batches) {
      if (span.firstSequence() == first && span.lastSequence() == last) {
        return span;
      }
    }
    return null;
  }

  /** Takes note of data; returns whether it opened a transaction. */
  boolean append(RecordBatch batch, long nowMs) {
    enter(batch.producerEpoch());
    if (batches.size() == BATCHES_KEPT) {
      batches.removeFirst();
    }
    batches.addLast(
        new Span(
            batch.baseSequence(), batch.lastSequence(), batch.baseOffset(), batch.lastOffset()));
    lastTimestampMs = batch.maxTimestamp();
    lastSeenMs = nowMs;
    if (batch.isTransactional() && !inTransaction()) {
      transactionFirstOffset = batch.baseOffset();
      return true;
    }
    return false;
  }

  /** Takes note of a marker; whatever transaction was open is over. */
  void endTransaction(short markerEpoch, int markerCoordinatorEpoch, long timestampMs, long nowMs) {
    enter(markerEpoch);
    coordinatorEpoch = markerCoordinatorEpoch;
    lastTimestampMs = timestampMs;
    lastSeenMs = nowMs;
    transactionFirstOffset = NO_OFFSET;
  }

  private void enter(short newEpoch) {
    if (epoch != newEpoch) {
      // A new epoch counts its sequences from 0 again.
      batches.clear();
      epoch = newEpoch;
    }
  }

  ProducerView view() {
    return new ProducerView(
        producerId,
        epoch,
        lastSequence(),
        lastTimestampMs,
        coordinatorEpoch,
        inTransaction() ? OptionalLong.of(transactionFirstOffset) : OptionalLong.empty());
  }

  void encode(ByteBuffer into) {
    into.putLong(producerId)
        .putShort(epoch)
        .putInt(coordinatorEpoch)
        .putLong(lastTimestampMs)
        .putLong(lastSeenMs)
        .putLong(transactionFirstOffset)
        .put((byte) batches.size());
    for (Span span : batches) {
      into.putInt(span.firstSequence())
          .putInt(span.lastSequence())
          .putLong(span.baseOffset())
          .putLong(span.lastOffset());
    }
  }

  static ProducerEntry decode(ByteBuffer from) {
    ProducerEntry entry = new ProducerEntry(from.getLong());
    entry.epoch = from.getShort();
    entry.coordinatorEpoch = from.getInt();
    entry.lastTimestampMs = from.getLong();
    entry.lastSeenMs = from.getLong();
    entry.transactionFirstOffset = from.getLong();
    int count = from.get();
    for (int i = 0; i < count; i++) {
      entry.batches.addLast(new Span(from.getInt(), from.getInt(), from.getLong(), from.getLong()));
    }
    return entry;
  }
}

package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Makes record batches for tests, and takes them apart. */
final class Batches {
  static final short MAGIC = 2;

  private Batches() {}

  static SimpleRecord[] values(int count) {
    SimpleRecord[] records = new SimpleRecord[count];
    for (int i = 0; i < count; i++) {
      records[i] =
          new SimpleRecord(1_000 + i, ("k" + i).getBytes(UTF_8), ("v" + i).getBytes(UTF_8));
    }
    return records;
  }

  static MemoryRecords plain(long offset, SimpleRecord... records) {
    return MemoryRecords.withRecords(offset, Compression.NONE, records);
  }

  static MemoryRecords idempotent(
      long offset, long producerId, int epoch, int sequence, SimpleRecord... records) {
    return MemoryRecords.withIdempotentRecords(
        offset, Compression.NONE, producerId, (short) epoch, sequence, 0, records);
  }

  static MemoryRecords transactional(
      long offset, long producerId, int epoch, int sequence, SimpleRecord... records) {
    return MemoryRecords.withTransactionalRecords(
        offset, Compression.NONE, producerId, (short) epoch, sequence, 0, records);
  }

  static MemoryRecords marker(
      long offset, long producerId, int epoch, boolean commit, int coordinatorEpoch) {
    ControlRecordType type = commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
    return MemoryRecords.withEndTransactionMarker(
        offset,
        2_000,
        0,
        producerId,
        (short) epoch,
        new EndTransactionMarker(type, coordinatorEpoch));
  }

  static MutableRecordBatch only(MemoryRecords records) {
    return records.batches().iterator().next();
  }

  static List<MutableRecordBatch> list(MemoryRecords records) {
    List<MutableRecordBatch> batches = new ArrayList<>();
    records.batches().forEach(batches::add);
    return batches;
  }

  static MemoryRecords concat(MemoryRecords... parts) {
    int size = 0;
    for (MemoryRecords part : parts) {
      size += part.sizeInBytes();
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    for (MemoryRecords part : parts) {
      all.put(part.buffer().duplicate());
    }
    return MemoryRecords.readableRecords(all.flip());
  }

  static List<Record> records(MemoryRecords records) {
    List<Record> all = new ArrayList<>();
    records.records().forEach(all::add);
    return Collections.unmodifiableList(all);
  }
}

package dev.naru.broker.metadata;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Kafka's framing of metadata records, one batch for all that belong together. */
public final class MetadataRecords {
  private MetadataRecords() {}

  /** One batch, in a buffer of its own; nothing for no records. */
  public static ByteBuffer encode(List<ApiMessageAndVersion> records, long nowMs) {
    SimpleRecord[] encoded =
        records.stream()
            .map(m -> new SimpleRecord(nowMs, null, bytes(m)))
            .toArray(SimpleRecord[]::new);
    return MemoryRecords.withRecords(Compression.NONE, encoded).buffer();
  }

  /** All records of some batches. */
  public static List<ApiMessageAndVersion> decode(MemoryRecords batches) {
    List<ApiMessageAndVersion> records = new ArrayList<>();
    for (Record record : batches.records()) {
      records.add(read(record.value()));
    }
    return records;
  }

  static ApiMessage decode(ByteBuffer value) {
    return read(value).message();
  }

  private static ApiMessageAndVersion read(ByteBuffer value) {
    return MetadataRecordSerde.INSTANCE.read(new ByteBufferAccessor(value), value.remaining());
  }

  private static byte[] bytes(ApiMessageAndVersion message) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    byte[] bytes = new byte[MetadataRecordSerde.INSTANCE.recordSize(message, cache)];
    MetadataRecordSerde.INSTANCE.write(
        message, cache, new ByteBufferAccessor(ByteBuffer.wrap(bytes)));
    return bytes;
  }
}

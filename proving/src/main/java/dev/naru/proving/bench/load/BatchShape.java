package dev.naru.proving.bench.load;

import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * What a record batch of a load looks like.
 *
 * @param recordBytes the value's length; there is no key
 * @param records how many in a batch
 * @param codec what they are compressed with, by the client, before the clock runs
 */
public record BatchShape(int recordBytes, int records, CompressionType codec) {
  private static final int USUAL_BATCH_BYTES = 64 << 10;
  private static final String[] WORDS = {
    "\"order\":",
    "\"customer\":",
    "\"status\":\"shipped\"",
    "\"amount\":",
    "\"currency\":\"KRW\"",
    "\"at\":",
  };

  /** Uncompressed batches of 64 KB. */
  public static BatchShape usual(int recordBytes) {
    return new BatchShape(
        recordBytes, Math.max(1, USUAL_BATCH_BYTES / recordBytes), CompressionType.NONE);
  }

  public BatchShape withRecords(int count) {
    return new BatchShape(recordBytes, count, codec);
  }

  public BatchShape withCodec(CompressionType other) {
    return new BatchShape(recordBytes, records, other);
  }

  /** Bytes of values in a batch, before compression. */
  public long valueBytes() {
    return (long) recordBytes * records;
  }

  /** A batch with its CRC; the same seed gives the same values. */
  MemoryRecords batch(long seed) {
    Random random = new Random(seed);
    long nowMs = System.currentTimeMillis();
    SimpleRecord[] all = new SimpleRecord[records];
    for (int i = 0; i < records; i++) {
      all[i] = new SimpleRecord(nowMs, null, value(random));
    }
    return MemoryRecords.withRecords(Compression.of(codec).build(), all);
  }

  /** Random bytes; when there is something to compress, text that compresses as events do. */
  private byte[] value(Random random) {
    byte[] value = new byte[recordBytes];
    if (codec == CompressionType.NONE) {
      random.nextBytes(value);
      return value;
    }
    ByteBuffer out = ByteBuffer.wrap(value);
    while (out.hasRemaining()) {
      String word = WORDS[random.nextInt(WORDS.length)] + random.nextInt(100_000) + ",";
      for (int i = 0; i < word.length() && out.hasRemaining(); i++) {
        out.put((byte) word.charAt(i));
      }
    }
    return value;
  }
}

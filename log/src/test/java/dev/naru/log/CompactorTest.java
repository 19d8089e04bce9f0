package dev.naru.log;

import static dev.naru.log.CompactedLog.DAY_MS;
import static dev.naru.log.CompactedLog.MAP_BYTES;
import static dev.naru.log.CompactedLog.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** What compaction leaves of the records of keys, and of the segments that they are in. */
class CompactorTest {
  private final CompactedLog log = new CompactedLog();

  @Test
  void keepsTheLatestRecordOfEachKeyAtItsOffset() throws IOException {
    log.put("a", "1", "b", "1", "a", "2");
    log.roll();
    log.put("b", "2", "c", "1");
    log.compact();
    assertEquals(List.of("2:a=2", "3:b=2", "4:c=1"), log.left());
    assertEquals(2, log.segments.size(), "small segments become one");
    log.put("a", "3");
    log.compact();
    assertEquals(List.of("3:b=2", "4:c=1", "5:a=3"), log.left());
    assertEquals(6, log.end());
  }

  @Test
  void doesNotTouchTheActiveSegment() throws IOException {
    log.put("a", "1");
    log.roll();
    log.put("a", "2");
    log.pass();
    assertEquals(List.of("0:a=1", "1:a=2"), log.left(), "what replaces it may be lost still");
    log.compact();
    assertEquals(List.of("1:a=2"), log.left());
  }

  @Test
  void reencodesEveryCodec() throws IOException {
    for (CompressionType type : CompressionType.values()) {
      log.segments.clear();
      log.segments.add(new CompactedLog.HeapSegment(0));
      log.cleanedTo = -1;
      Compression codec = Compression.of(type).build();
      SimpleRecord[] records = {record("a", "1"), record("b", "1"), record("a", "2")};
      log.append(MemoryRecords.withRecords(0, codec, records));
      log.compact();
      assertEquals(List.of("1:b=1", "2:a=2"), log.left(), type.name);
      assertEquals(type, log.batches().get(0).compressionType());
      assertEquals(0, log.batches().get(0).baseOffset());
    }
  }

  @Test
  void aTombstoneStaysForItsRetentionAndThenGoes() throws IOException {
    log.put("a", "1", "b", "1");
    log.put("a", null);
    log.compact();
    assertEquals(List.of("1:b=1", "2:a=null"), log.left());
    log.put("x", "1");
    log.nowMs += DAY_MS - 1;
    log.compact();
    assertEquals(List.of("1:b=1", "2:a=null", "3:x=1"), log.left());
    log.put("x", "2");
    log.nowMs += 1;
    log.compact();
    assertEquals(List.of("1:b=1", "4:x=2"), log.left());
  }

  @Test
  void keepsTheEndOfTheLogWhenAllOfItGoes() throws IOException {
    log.put("a", null);
    log.compact();
    log.nowMs += 2 * DAY_MS;
    log.put("b", null);
    log.compact();
    log.nowMs += 2 * DAY_MS;
    log.put("b", null);
    log.compact();
    List<MutableRecordBatch> last = log.batches();
    assertEquals(log.end(), last.get(last.size() - 1).nextOffset());
  }

  @Test
  void everySegmentEndsWhereTheNextOneBegins() throws IOException {
    log.config = CompactedLog.config(0, Long.MAX_VALUE);
    for (int i = 0; i < 6; i++) {
      String big = "x".repeat(6_000);
      log.put("a", big, "b", big);
      log.roll();
    }
    log.compact();
    assertTrue(log.segments.size() > 3, "segments that are too large to become one");
    for (int i = 0; i + 1 < log.segments.size(); i++) {
      long end = log.segments.get(i).base;
      for (MutableRecordBatch batch :
          Batches.list(MemoryRecords.readableRecords(log.segments.get(i).bytes.duplicate()))) {
        end = batch.nextOffset();
      }
      assertEquals(log.segments.get(i + 1).base, end);
    }
    assertEquals(2, log.left().size());
  }

  @Test
  void aTableThatIsTooSmallTakesSeveralPassesToTheSameResult() throws IOException {
    log.mapBytes = 1;
    long keys = 5_000;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < keys; i += 100) {
        String[] pairs = new String[200];
        for (int k = 0; k < 100; k++) {
          pairs[2 * k] = "k" + (i + k);
          pairs[2 * k + 1] = "r" + round;
        }
        log.put(pairs);
        log.roll();
      }
    }
    log.pass();
    assertTrue(log.cleanedTo < 2 * keys, "one pass was enough: " + log.cleanedTo);
    log.compact();
    assertEquals(2 * keys, log.cleanedTo);
    List<String> left = log.left();
    assertEquals(keys, left.size());
    assertTrue(left.stream().allMatch(line -> line.endsWith("=r1")));
  }

  @Test
  void damageIsReportedAndNothingIsChanged() throws IOException {
    log.put("a", "1", "a", "2");
    log.roll();
    ByteBuffer bytes = log.segments.get(0).bytes;
    bytes.put(70, (byte) (bytes.get(70) ^ 1));
    CompactedLog.Sink sink = log.new Sink();
    Compactor compactor = new Compactor(MAP_BYTES, () -> false);
    Compactor.Input input =
        new Compactor.Input(log.plan(), List.of(), Map.of(), log.config, log.nowMs);
    assertThrows(CorruptRecordException.class, () -> compactor.pass(input, sink));
    bytes.put(70, (byte) (bytes.get(70) ^ 1));
    log.segments.get(0).bytes = bytes.duplicate().limit(66).slice();
    assertThrows(CorruptRecordException.class, () -> compactor.pass(input, sink));
    log.segments.get(0).bytes = bytes;
    assertEquals(0, sink.commits);
    Compactor stopped = new Compactor(MAP_BYTES, () -> true);
    assertThrows(CancellationException.class, () -> stopped.pass(input, sink));
    assertEquals(2, log.left().size());
  }

  @Test
  void damageInWhatWasCleanLeavesThatAsItIs() throws IOException {
    log.put("a", "1", "b", "1");
    log.compact();
    log.put("a", "2");
    log.roll();
    ByteBuffer bytes = log.segments.get(0).bytes;
    bytes.put(70, (byte) (bytes.get(70) ^ 1));
    CompactedLog.Sink sink = log.new Sink();
    Compactor.Input input =
        new Compactor.Input(log.plan(), List.of(), Map.of(), log.config, log.nowMs);
    Compactor compactor = new Compactor(MAP_BYTES, () -> false);
    assertThrows(CorruptRecordException.class, () -> compactor.pass(input, sink));
    assertEquals(1, sink.abandoned);
    assertEquals(0, sink.commits);
  }
}

package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.junit.jupiter.api.Test;

class LeaderEpochsTest {
  private final LeaderEpochs epochs = new LeaderEpochs();

  private void fill() {
    epochs.assign(2, 10);
    epochs.assign(2, 15);
    epochs.assign(5, 20);
    epochs.assign(7, 30);
  }

  private static EpochEndOffset end(int epoch, long offset) {
    return new EpochEndOffset(epoch, offset);
  }

  @Test
  void knowsNothingOfAnEmptyLog() {
    assertEquals(-1, epochs.latest());
    assertEquals(-1, epochs.epochAt(0));
    assertEquals(end(-1, -1), epochs.endOffsetFor(0, 0));
    epochs.truncateFromEnd(0);
    epochs.truncateFromStart(5);
    assertEquals(-1, epochs.latest());
  }

  @Test
  void tellsWhereAnEpochEnds() {
    fill();
    assertEquals(end(7, 44), epochs.endOffsetFor(7, 44), "the latest ends at the log's end");
    assertEquals(end(5, 30), epochs.endOffsetFor(5, 44));
    assertEquals(end(5, 30), epochs.endOffsetFor(6, 44), "the largest one that is not above");
    assertEquals(end(2, 20), epochs.endOffsetFor(2, 44));
    assertEquals(end(1, 10), epochs.endOffsetFor(1, 44), "gone: ends where the first one begins");
    assertEquals(end(-1, -1), epochs.endOffsetFor(8, 44), "from the future");
    assertEquals(end(-1, -1), epochs.endOffsetFor(-1, 44));
  }

  @Test
  void tellsTheEpochOfARecord() {
    fill();
    assertEquals(-1, epochs.epochAt(9));
    assertEquals(2, epochs.epochAt(10));
    assertEquals(2, epochs.epochAt(19));
    assertEquals(5, epochs.epochAt(20));
    assertEquals(7, epochs.epochAt(1000));
    assertEquals(7, epochs.latest());
  }

  @Test
  void forgetsWhatANewEpochContradicts() {
    fill();
    epochs.assign(8, 20);
    assertEquals(8, epochs.epochAt(20));
    assertEquals(end(2, 20), epochs.endOffsetFor(7, 44));
    epochs.assign(3, 50);
    assertEquals(3, epochs.latest());
    assertEquals(end(2, 50), epochs.endOffsetFor(2, 60));
    assertThrows(IllegalArgumentException.class, () -> epochs.assign(-1, 3));
  }

  @Test
  void isCutWithTheLog() {
    fill();
    epochs.truncateFromEnd(21);
    assertEquals(5, epochs.latest());
    epochs.truncateFromEnd(20);
    assertEquals(2, epochs.latest());
    fill();
    epochs.truncateFromStart(25);
    assertEquals(-1, epochs.epochAt(24));
    assertEquals(5, epochs.epochAt(25));
    assertEquals(end(4, 25), epochs.endOffsetFor(4, 44));
    epochs.truncateFromStart(30);
    assertEquals(end(6, 30), epochs.endOffsetFor(6, 44));
    assertEquals(7, epochs.latest());
  }

  @Test
  void survivesItsFileAndNoticesDamage() {
    fill();
    ByteBuffer good = epochs.encode();
    LeaderEpochs again = LeaderEpochs.decode(good);
    assertEquals(good, again.encode());
    assertEquals(end(5, 30), again.endOffsetFor(6, 44));
    for (int i = 0; i < good.limit(); i++) {
      ByteBuffer bad = ByteBuffer.allocate(good.limit()).put(good.duplicate()).flip();
      bad.put(i, (byte) (bad.get(i) ^ 1));
      assertThrows(CorruptRecordException.class, () -> LeaderEpochs.decode(bad));
    }
  }
}

package dev.naru.log.bookkeeper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.bookkeeper.SegmentList.Doomed;
import dev.naru.log.bookkeeper.SegmentList.Hint;
import dev.naru.log.bookkeeper.SegmentList.Part;
import dev.naru.log.bookkeeper.SegmentList.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SegmentListTest {
  private static SegmentList full() {
    return new SegmentList(
        7,
        List.of(
            new Segment(0, List.of(new Part(11, 0, 500), new Part(12, 500, 30))),
            new Segment(99, List.of(new Part(13, 0, Part.OPEN))),
            new Segment(100, List.of())),
        Map.of("log-start", new byte[] {1, 2, 3}),
        Map.of("tail", new Hint(14, 3, 2)),
        List.of(new Doomed(9, 123_456)));
  }

  @Test
  void saysWhatWasWritten() throws Exception {
    SegmentList read = SegmentList.decode("log", full().encode());
    assertEquals(full().segments(), read.segments());
    assertEquals(full().hints(), read.hints());
    assertEquals(full().doomed(), read.doomed());
    assertEquals(7, read.claims());
    assertArrayEquals(new byte[] {1, 2, 3}, read.notes().get("log-start"));
    assertEquals(8, read.withClaim().claims());
  }

  @Test
  void isNotReadWhenAPartOfItIsMissing() throws Exception {
    ByteBuffer whole = full().encode();
    for (int length = 0; length < whole.remaining(); length++) {
      ByteBuffer part = whole.slice(0, length);
      assertThrows(IOException.class, () -> SegmentList.decode("log", part), "bytes: " + length);
    }
  }

  @Test
  void aCountThatCannotBeIsNotBelieved() throws Exception {
    ByteBuffer bytes = full().encode().putInt(9, Integer.MAX_VALUE);
    assertThrows(IOException.class, () -> SegmentList.decode("log", bytes));
  }

  @Test
  void aNewerFormatIsToldOf() throws Exception {
    ByteBuffer bytes = full().encode().put(0, (byte) 9);
    IOException refused = assertThrows(IOException.class, () -> SegmentList.decode("log", bytes));
    assertTrue(refused.getMessage().contains("format 9"), refused.getMessage());
  }

  @Test
  void refusesToBecomeTooLarge() {
    List<Segment> many = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      many.add(new Segment(i, List.of(new Part(i, 0, 1))));
    }
    IOException refused =
        assertThrows(IOException.class, () -> SegmentList.EMPTY.withSegments(many).encode());
    assertTrue(refused.getMessage().contains("segment.bytes"), refused.getMessage());
  }
}

package dev.naru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every home of segments must do. A home passes when a subclass that makes such homes passes.
 */
public abstract class ContractKit {
  private static final long DELAY_MS = 60_000;

  private SegmentHome home;

  /** Opens the home of one and the same log; nothing has it open at that time. */
  protected abstract SegmentHome open() throws Exception;

  /**
   * Opens the home after a crash: whatever the home did not promise to keep is lost, if the test
   * can make it so. The instance given is of no use any more.
   */
  protected abstract SegmentHome crashAndOpen(SegmentHome crashed) throws Exception;

  @BeforeEach
  final void openHome() throws Exception {
    home = open();
  }

  @AfterEach
  final void closeHome() throws Exception {
    home.close();
  }

  private void crash() throws Exception {
    home = crashAndOpen(home);
  }

  private void restart() throws Exception {
    force();
    home.close();
    home = open();
  }

  private void force() throws Exception {
    home.force().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void append(HomeSegment segment, String text) throws IOException {
    segment.append(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private static String read(HomeSegment segment) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(segment.size());
    int at = 0;
    while (into.hasRemaining()) {
      int count = segment.read(into, at);
      assertTrue(count > 0, "a read before the end returned nothing");
      at += count;
    }
    return UTF_8.decode(into.flip()).toString();
  }

  private static String read(LogSlice slice) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(slice.sizeInBytes());
    if (slice.buffer() != null) {
      into.put(slice.buffer().duplicate());
    } else {
      while (into.hasRemaining()) {
        slice.file().read(into, slice.filePosition() + into.position());
      }
    }
    return UTF_8.decode(into.flip()).toString();
  }

  private List<Long> bases() {
    return home.segments().stream().map(HomeSegment::baseOffset).toList();
  }

  private HomeSegment segment(int index) {
    return home.segments().get(index);
  }

  private HomeSegment filled(long base, String text) throws IOException {
    HomeSegment segment = home.create(base, 0);
    append(segment, text);
    segment.seal(false);
    return segment;
  }

  @Test
  void beginsWithoutSegments() {
    assertEquals(List.of(), home.segments());
  }

  @Test
  void readsWhatWasAppended() throws Exception {
    HomeSegment segment = home.create(0, 0);
    append(segment, "hello ");
    append(segment, "world");
    assertEquals(11, segment.size());
    assertEquals("hello world", read(segment));
    ByteBuffer part = ByteBuffer.allocate(3);
    assertEquals(3, segment.read(part, 4));
    assertEquals("o w", UTF_8.decode(part.flip()).toString());
    assertEquals(2, segment.read(ByteBuffer.allocate(9), 9));
    assertEquals(0, segment.read(ByteBuffer.allocate(9), 11));
    assertSame(segment, segment(0));
  }

  private static void assertSame(HomeSegment expected, HomeSegment actual) {
    assertTrue(expected == actual, "the segment in the list is the one that was made");
  }

  @Test
  void listsSegmentsInOrderAndRefusesOthers() throws Exception {
    List<HomeSegment> before = home.segments();
    filled(0, "a");
    filled(10, "b");
    home.create(20, 0);
    assertEquals(List.of(0L, 10L, 20L), bases());
    assertEquals(List.of(), before, "a list that was handed out does not change");
    assertThrows(IllegalStateException.class, () -> home.create(20, 0));
    assertThrows(IllegalStateException.class, () -> home.create(5, 0));
    restart();
    assertEquals(List.of(0L, 10L, 20L), bases());
    assertEquals("b", read(segment(1)));
    assertEquals(0, segment(2).size());
  }

  @Test
  void goesOnWritingAfterARestart() throws Exception {
    append(home.create(0, 0), "one ");
    restart();
    append(segment(0), "two");
    assertEquals("one two", read(segment(0)));
    restart();
    assertEquals("one two", read(segment(0)));
  }

  @Test
  void whatWasForcedSurvivesACrashWithAllBeforeIt() throws Exception {
    filled(0, "first");
    HomeSegment second = home.create(5, 0);
    append(second, "second");
    force();
    append(second, "-maybe");
    crash();
    assertEquals(List.of(0L, 5L), bases());
    assertEquals("first", read(segment(0)));
    assertTrue(read(segment(1)).startsWith("second"), read(segment(1)));
  }

  @Test
  void aSegmentThatWasSealedSurvivesACrashAfterAForce() throws Exception {
    HomeSegment segment = home.create(0, 0);
    append(segment, "sealed");
    segment.seal(true);
    segment.seal(true);
    force();
    crash();
    assertEquals("sealed", read(segment(0)));
  }

  @Test
  void aSegmentListThatWasForcedSurvivesACrash() throws Exception {
    home.create(0, 0).seal(false);
    home.create(7, 0);
    force();
    crash();
    assertEquals(List.of(0L, 7L), bases());
  }

  @Test
  void noSegmentIsFoundWithoutTheOnesBefore() throws Exception {
    home.create(0, 0).seal(false);
    home.create(7, 0).seal(false);
    home.create(9, 0);
    crash();
    List<Long> all = List.of(0L, 7L, 9L);
    assertEquals(all.subList(0, bases().size()), bases());
  }

  @Test
  void aSegmentIsFoundOnlyWhenTheOnesBeforeItAreWhole() throws Exception {
    List<Long> all = List.of(0L, 7L, 9L);
    List<String> contents = List.of("first", "second", "third");
    for (int i = 0; i < all.size(); i++) {
      HomeSegment segment = home.create(all.get(i), 0);
      append(segment, contents.get(i));
      segment.seal(true);
    }
    crash();
    assertEquals(all.subList(0, bases().size()), bases());
    for (int i = 0; i < bases().size(); i++) {
      boolean last = i == bases().size() - 1;
      String found = read(segment(i));
      assertTrue(last ? contents.get(i).startsWith(found) : contents.get(i).equals(found), found);
    }
  }

  @Test
  void roomThatIsAllocatedAheadIsNotSeen() throws Exception {
    HomeSegment segment = home.create(0, 10_000);
    append(segment, "one ");
    force();
    home.rest();
    append(segment, "two");
    assertEquals(7, segment.size());
    assertEquals("one two", read(segment));
    segment.seal(true);
    restart();
    assertEquals("one two", read(segment(0)));
  }

  @Test
  void aCutIsDurable() throws Exception {
    HomeSegment segment = home.create(0, 0);
    append(segment, "keep-drop");
    force();
    segment.truncate(4);
    assertEquals("keep", read(segment));
    crash();
    assertEquals("keep", read(segment(0)));
    append(segment(0), "+new");
    assertEquals("keep+new", read(segment(0)));
  }

  @Test
  void replacesSegmentsByOthersDurably() throws Exception {
    HomeSegment a = filled(0, "aaaa");
    HomeSegment b = filled(10, "bbbb");
    HomeSegment c = filled(20, "cc");
    home.create(30, 0);
    HomeSegment merged = home.createDetached(0);
    append(merged, "ab");
    assertEquals(List.of(0L, 10L, 20L, 30L), bases(), "detached segments are not in the list");
    home.replace(List.of(a, b), List.of(merged), DELAY_MS);
    assertEquals(List.of(0L, 20L, 30L), bases());
    assertEquals("ab", read(segment(0)));
    assertEquals("aaaa", read(a), "who holds a removed segment reads on");
    assertEquals("cc", read(c));
    crash();
    assertEquals(List.of(0L, 20L, 30L), bases());
    assertEquals("ab", read(segment(0)));
    restart();
    assertEquals(List.of(0L, 20L, 30L), bases());
  }

  @Test
  void replacesTheSameSegmentsAgainAndAgain() throws Exception {
    filled(0, "0");
    home.create(10, 0);
    for (int i = 1; i <= 5; i++) {
      HomeSegment next = home.createDetached(0);
      append(next, "v" + i);
      home.replace(List.of(segment(0)), List.of(next), DELAY_MS);
    }
    crash();
    assertEquals(List.of(0L, 10L), bases());
    assertEquals("v5", read(segment(0)));
  }

  @Test
  void oneSegmentMayBecomeSeveral() throws Exception {
    HomeSegment a = filled(0, "aaaa");
    home.create(30, 0);
    HomeSegment left = home.createDetached(0);
    append(left, "l");
    HomeSegment right = home.createDetached(15);
    append(right, "r");
    home.replace(List.of(a), List.of(left, right), DELAY_MS);
    crash();
    assertEquals(List.of(0L, 15L, 30L), bases());
    assertEquals("r", read(segment(1)));
  }

  @Test
  void removesSegmentsDurably() throws Exception {
    HomeSegment a = filled(0, "a");
    HomeSegment b = filled(10, "b");
    home.create(20, 0);
    home.replace(List.of(a, b), List.of(), DELAY_MS);
    assertEquals("b", read(b));
    crash();
    assertEquals(List.of(20L), bases());
  }

  @Test
  void refusesToReplaceWhatIsNotThere() throws Exception {
    HomeSegment a = filled(0, "a");
    filled(10, "b");
    HomeSegment c = home.create(20, 0);
    home.replace(List.of(a), List.of(), DELAY_MS);
    assertThrows(IllegalStateException.class, () -> home.replace(List.of(a), List.of(), DELAY_MS));
    assertThrows(
        IllegalStateException.class,
        () -> home.replace(List.of(c, segment(0)), List.of(), DELAY_MS));
    assertEquals(List.of(10L, 20L), bases());
  }

  @Test
  void detachedSegmentsAreGoneWhenNobodyTookThem() throws Exception {
    home.create(0, 0);
    HomeSegment discarded = home.createDetached(0);
    append(discarded, "x");
    home.discard(discarded);
    append(home.createDetached(3), "forgotten");
    restart();
    assertEquals(List.of(0L), bases());
    HomeSegment again = home.createDetached(3);
    assertEquals(0, again.size());
    home.discard(again);
  }

  @Test
  void whatWasWarmedIsWarm() throws Exception {
    append(home.create(0, 0), "x".repeat(3_000_000));
    restart();
    HomeSegment segment = segment(0);
    segment.warm(1_000, 2_000_000);
    assertTrue(segment.isWarm(1_000, 2_000_000));
    assertTrue(segment.isWarm(segment.size(), 0), "nothing to read is nothing to wait for");
    append(segment, "y");
    assertTrue(segment.isWarm(3_000_000, 1), "what was just appended is in memory");
  }

  @Test
  void aSliceStaysReadableUntilItIsClosed() throws Exception {
    MemoryRecords records = Batches.plain(0, Batches.values(3));
    HomeSegment a = home.create(0, 0);
    a.append(records.buffer().duplicate());
    append(a, "tail");
    a.seal(false);
    home.create(10, 0);
    LogSlice slice = a.slice(0, records.sizeInBytes());
    LogSlice tail = a.slice(records.sizeInBytes() + 1, 2);
    LogSlice empty = a.slice(2, 0);
    home.replace(List.of(a), List.of(), 0);
    home.rest();
    home.rest();
    assertEquals(records, slice.toMemoryRecords());
    assertEquals("ai", read(tail));
    assertEquals(0, empty.sizeInBytes());
    slice.close();
    tail.close();
    empty.close();
  }

  @Test
  void durableNotesSurviveACrash() throws Exception {
    assertNull(home.loadNote("start"));
    home.saveNote("start", ByteBuffer.wrap(new byte[] {1}), true);
    home.saveNote("start", ByteBuffer.wrap(new byte[] {2, 3}), true);
    home.saveNote("hint", ByteBuffer.wrap(new byte[] {4}), false);
    assertEquals(ByteBuffer.wrap(new byte[] {2, 3}), home.loadNote("start"));
    assertEquals(ByteBuffer.wrap(new byte[] {4}), home.loadNote("hint"));
    crash();
    assertEquals(ByteBuffer.wrap(new byte[] {2, 3}), home.loadNote("start"));
    ByteBuffer hint = home.loadNote("hint");
    assertTrue(hint == null || hint.equals(ByteBuffer.wrap(new byte[] {4})), "whole or not at all");
    home.deleteNote("start");
    home.deleteNote("never there");
    assertNull(home.loadNote("start"));
    assertEquals(List.of(), home.segments(), "notes are no segments");
  }

  @Test
  void anIdleHomeRestsAndWakesUp() throws Exception {
    HomeSegment segment = home.create(0, 0);
    append(segment, "before");
    force();
    for (int i = 0; i < 3; i++) {
      home.rest();
    }
    assertEquals("before", read(segment));
    home.rest();
    home.rest();
    append(segment, "+after");
    force();
    crash();
    assertEquals("before+after", read(segment(0)));
  }

  @Test
  void manySmallForcesKeepTheSizeRight() throws Exception {
    HomeSegment segment = home.create(0, 0);
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      append(segment, i + ",");
      expected.append(i).append(',');
      force();
    }
    assertEquals(expected.length(), segment.size());
    assertEquals(expected.toString(), read(segment));
    segment.seal(true);
    restart();
    assertEquals(expected.toString(), read(segment(0)), "nothing stands behind the records");
  }

  @Test
  void readersSeeWholePrefixesWhileTheWriterGoesOn() throws Exception {
    HomeSegment segment = home.create(0, 0);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch reading = new CountDownLatch(1);
    Thread reader =
        new Thread(
            () -> {
              try {
                while (!done.get()) {
                  check(segment);
                  reading.countDown();
                }
              } catch (Throwable e) {
                failure.set(e);
                reading.countDown();
              }
            });
    reader.start();
    byte[] block = new byte[100];
    for (int i = 0; i < 2_000; i++) {
      Arrays.fill(block, (byte) i);
      segment.append(ByteBuffer.wrap(block));
      if (i % 100 == 0) {
        force();
        home.rest();
      }
    }
    assertTrue(reading.await(30, TimeUnit.SECONDS));
    done.set(true);
    reader.join(30_000);
    assertFalse(reader.isAlive());
    assertNull(failure.get());
    check(segment);
    assertEquals(200_000, segment.size());
  }

  private static void check(HomeSegment segment) throws IOException {
    int size = segment.size();
    byte[] all = new byte[size];
    assertEquals(size, segment.read(ByteBuffer.wrap(all), 0));
    byte[] expected = new byte[size];
    for (int i = 0; i < size; i++) {
      expected[i] = (byte) (i / 100);
    }
    assertArrayEquals(expected, all);
  }
}

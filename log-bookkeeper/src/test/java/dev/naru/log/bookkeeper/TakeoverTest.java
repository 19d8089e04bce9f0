package dev.naru.log.bookkeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.HomeSegment;
import dev.naru.log.SegmentBrokenException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two owners of one log: the one that is, and the one that does not know yet that it was. */
class TakeoverTest {
  private static final String LOG = "a-log";

  private final ExecutorService cluster = Executors.newSingleThreadExecutor();
  private final ExecutorService readers = Executors.newSingleThreadExecutor();
  private final PauseThread pauses = new PauseThread();
  private final BlockCache cache = new BlockCache(1 << 20);
  private final Unacknowledged unacknowledged = new Unacknowledged(1 << 20);
  private final MemoryLedgers ledgers = new MemoryLedgers(cluster);
  private final MemoryLists lists = new MemoryLists(cluster);
  private final Door ledgersOfOld = new Door(cluster);
  private final Door listsOfOld = new Door(cluster);

  @AfterEach
  void endThreads() {
    cluster.shutdown();
    readers.shutdown();
    pauses.close();
  }

  private LedgerStorage storage(Ledgers nodesLedgers, SegmentLists nodesLists) {
    return new LedgerStorage(
        nodesLedgers, nodesLists, cache, unacknowledged, readers, pauses, () -> 0);
  }

  private LedgerHome openOld() throws IOException {
    return LedgerHome.open(storage(ledgers.from(ledgersOfOld), lists.from(listsOfOld)), LOG);
  }

  private LedgerHome openNew() throws IOException {
    return LedgerHome.open(storage(ledgers, lists), LOG);
  }

  private static void append(HomeSegment segment, String text) throws IOException {
    segment.append(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private static void force(LedgerHome home) throws Exception {
    home.force().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletionStage<Void> stage) {
    return assertThrows(
            ExecutionException.class, () -> stage.toCompletableFuture().get(30, TimeUnit.SECONDS))
        .getCause();
  }

  private static HomeSegment last(LedgerHome home) {
    List<HomeSegment> segments = home.segments();
    return segments.get(segments.size() - 1);
  }

  private static String read(HomeSegment segment) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(segment.size());
    assertEquals(bytes.capacity(), segment.read(bytes, 0));
    return UTF_8.decode(bytes.flip()).toString();
  }

  @Test
  void theOldOwnerCanNeitherAppendNorAddASegment() throws Exception {
    LedgerHome old = openOld();
    HomeSegment segment = old.create(0, 0);
    append(segment, "kept");
    force(old);
    LedgerHome next = openNew();
    append(segment, "lost");
    assertTrue(failure(old.force()).getMessage().contains("fenced"));
    assertThrows(SegmentBrokenException.class, () -> append(segment, "more"));
    assertThrows(IOException.class, () -> old.create(10, 0));
    assertEquals("kept", read(last(next)));
    append(last(next), "+new");
    force(next);
    assertEquals("kept+new", read(last(openNew())));
  }

  @Test
  void anOldOwnerThatWroteNothingCanAddNoSegment() throws Exception {
    LedgerHome old = openOld();
    LedgerHome next = openNew();
    old.create(0, 0);
    assertInstanceOf(ListChangedException.class, failure(old.force()));
    assertEquals(List.of(), next.segments());
    next.create(5, 0);
    force(next);
    assertEquals(1, openNew().segments().size());
  }

  @Test
  void whatWasOnItsWayIsNeverAcknowledgedAfterATakeover() throws Exception {
    LedgerHome old = openOld();
    HomeSegment segment = old.create(0, 0);
    append(segment, "kept");
    force(old);
    ledgersOfOld.close();
    append(segment, "on its way");
    CompletionStage<Void> forced = old.force();
    LedgerHome next = openNew();
    ledgersOfOld.open();
    assertTrue(failure(forced).getMessage().contains("fenced"));
    assertEquals("kept", read(last(next)));
  }

  /** The ledger before the last one may still be written when the last one is in the list. */
  @Test
  void theLedgerBeforeTheLastIsFencedToo() throws Exception {
    LedgerHome old = openOld();
    HomeSegment first = old.create(0, 0);
    append(first, "first");
    force(old);
    ledgersOfOld.close();
    append(first, "-end");
    CompletionStage<Void> forced = old.force();
    first.seal(false);
    CompletableFuture<HomeSegment> second = CompletableFuture.supplyAsync(() -> create(old, 10));
    ledgersOfOld.open();
    append(second.get(30, TimeUnit.SECONDS), "second");
    forced.toCompletableFuture().get(30, TimeUnit.SECONDS);
    force(old);
    LedgerHome next = openNew();
    assertEquals("first-end", read(next.segments().get(0)));
    assertEquals("second", read(next.segments().get(1)));
  }

  @Test
  void entriesOfTheLedgerBeforeTheLastFailAfterATakeover() throws Exception {
    Door entries = new Door(cluster);
    LedgerHome old =
        LedgerHome.open(storage(new SlowEntries(ledgers, entries, 1), lists.from(listsOfOld)), LOG);
    HomeSegment first = old.create(0, 0);
    append(first, "first");
    force(old);
    entries.close();
    append(first, "-end");
    CompletionStage<Void> forced = old.force();
    first.seal(false);
    old.create(10, 0);
    awaitSegmentsInList(2);
    LedgerHome next = openNew();
    entries.open();
    assertTrue(failure(forced).getMessage().contains("fenced"));
    assertEquals("first", read(next.segments().get(0)));
  }

  /** Entries of a ledger that overtake those of the ledger before it would leave a gap. */
  @Test
  void nothingIsFoundBehindWhatIsLost() throws Exception {
    Door entries = new Door(cluster);
    LedgerHome old =
        LedgerHome.open(storage(new SlowEntries(ledgers, entries, 1), lists.from(listsOfOld)), LOG);
    HomeSegment first = old.create(0, 0);
    append(first, "first");
    force(old);
    entries.close();
    append(first, "-lost");
    first.seal(false);
    HomeSegment second = old.create(10, 0);
    append(second, "too early");
    awaitSegmentsInList(2);
    awaitCluster();
    LedgerHome next = openNew();
    assertEquals("first", read(next.segments().get(0)));
    assertEquals(0, next.segments().get(1).size());
    entries.open();
  }

  /** What was on its way has come. */
  private void awaitCluster() throws Exception {
    for (int i = 0; i < 10; i++) {
      cluster.submit(() -> {}).get(30, TimeUnit.SECONDS);
    }
  }

  private void awaitSegmentsInList(int count) throws Exception {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (listed() < count) {
      assertTrue(System.nanoTime() < deadlineNs, "the list never had " + count + " segments");
      Thread.onSpinWait();
    }
  }

  private int listed() throws Exception {
    var found = lists.read(LOG).toCompletableFuture().get(30, TimeUnit.SECONDS);
    return SegmentList.decode(LOG, found.orElseThrow().bytes()).segments().size();
  }

  private static HomeSegment create(LedgerHome home, long baseOffset) {
    try {
      return home.create(baseOffset, 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The old owner adds a ledger and has it acknowledged between the new one's look and claim. */
  @Test
  void aLedgerThatIsAddedDuringATakeoverIsNotOverlooked() throws Exception {
    LedgerHome old = openOld();
    append(old.create(0, 0), "first");
    force(old);
    last(old).seal(true);
    SegmentLists interrupted =
        new InterruptedLists(
            lists,
            () -> {
              append(old.create(10, 0), "acknowledged");
              force(old);
            });
    LedgerHome next = LedgerHome.open(storage(ledgers, interrupted), LOG);
    assertEquals("acknowledged", read(last(next)));
    append(last(old), "-never");
    assertTrue(failure(old.force()).getMessage().contains("fenced"));
    assertEquals("acknowledged", read(last(next)));
  }

  @Test
  void anEntryThatFailsIsTheEndOfAllThatFollow() throws Exception {
    LedgerHome home = openOld();
    HomeSegment segment = home.create(0, 0);
    append(segment, "good");
    force(home);
    ledgers.recover(1).toCompletableFuture().get(30, TimeUnit.SECONDS);
    append(segment, "bad");
    Throwable first = failure(home.force());
    assertEquals(first, failure(home.force()), "never durable again, with the first reason");
    IOException refused = assertThrows(SegmentBrokenException.class, () -> append(segment, "more"));
    assertTrue(refused.getMessage().contains("unknown"), refused.getMessage());
    home.close();
    assertEquals("good", read(last(openNew())));
  }

  @Test
  void aListWriteWithAnUnknownOutcomeIsLookedAtAgain() throws Exception {
    for (FlakyLists.Fault fault : FlakyLists.Fault.values()) {
      String log = "log-" + fault;
      FlakyLists flaky = new FlakyLists(lists, fault);
      LedgerHome home = LedgerHome.open(storage(ledgers, flaky), log);
      flaky.strike();
      append(home.create(0, 0), "bytes");
      force(home);
      home.close();
      assertEquals("bytes", read(last(LedgerHome.open(storage(ledgers, lists), log))));
    }
  }

  @Test
  void ledgersGoWhenTheirTimeHasCome() throws Exception {
    LedgerHome home = openNew();
    HomeSegment first = home.create(0, 0);
    append(first, "first");
    first.seal(true);
    append(home.create(10, 0), "second");
    force(home);
    assertEquals(2, ledgers.ids().size());
    home.replace(List.of(first), List.of(), 60_000);
    home.rest();
    assertEquals("first", read(first), "who holds it reads on");
    LedgerHome later =
        LedgerHome.open(
            new LedgerStorage(ledgers, lists, cache, unacknowledged, readers, pauses, () -> 60_000),
            LOG);
    later.rest();
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (ledgers.ids().size() > 1) {
      assertTrue(System.nanoTime() < deadlineNs, "never deleted: " + ledgers.ids());
      Thread.onSpinWait();
    }
    assertEquals("second", read(last(later)));
  }
}

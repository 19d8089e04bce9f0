package dev.naru.log.bookkeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.HomeSegment;
import dev.naru.log.LogId;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What no log needs goes, and nothing else does. */
class LeftoversTest {
  private static final LogId ID = new LogId(new Uuid(1, 2), 3);
  private static final LogId OTHER = new LogId(new Uuid(1, 3), 0);
  private static final long AGE_MS = Leftovers.SAFE_AGE.toMillis();

  private final ExecutorService cluster = Executors.newSingleThreadExecutor();
  private final ExecutorService readers = Executors.newSingleThreadExecutor();
  private final PauseThread pauses = new PauseThread();
  private final AtomicLong nowMs = new AtomicLong(5_000_000);
  private final MemoryLedgers ledgers = new MemoryLedgers(cluster);
  private final MemoryLists lists = new MemoryLists(cluster);
  private final MemoryLists metadataLists = new MemoryLists(cluster);
  private final Door createdLate = new Door(cluster);
  private final Set<LogId> deleted = new HashSet<>();
  private final LedgerStorage storage = storage(ledgers, lists);
  private final Leftovers leftovers =
      new Leftovers(storage, metadataLists, ledgers, nowMs::get, Leftovers.SAFE_AGE);

  @AfterEach
  void endThreads() {
    cluster.shutdown();
    readers.shutdown();
    pauses.close();
  }

  private LedgerStorage storage(Ledgers itsLedgers, SegmentLists itsLists) {
    return new LedgerStorage(
        itsLedgers,
        itsLists,
        new BlockCache(1 << 20),
        new Unacknowledged(1 << 20),
        readers,
        pauses,
        nowMs::get);
  }

  /** As often as it takes to look at everything, and once more. */
  private void sweep() throws IOException {
    for (int i = 0; i < 3; i++) {
      leftovers.sweep(deleted::contains);
    }
  }

  private void pass(long ms) {
    nowMs.addAndGet(ms);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void append(HomeSegment segment, String text) throws IOException {
    segment.append(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  /** A log that has used a ledger for each thing that a list may name. */
  private LedgerHome busyLog(LedgerStorage on, LogId id) throws Exception {
    LedgerHome home = LedgerHome.open(on, id.name());
    HomeSegment first = home.create(0, 0);
    append(first, "first");
    first.seal(true);
    HomeSegment second = home.create(10, 0);
    append(second, "second");
    second.seal(true);
    append(home.create(20, 0), "third");
    home.saveNote("a-hint", ByteBuffer.wrap(new byte[] {1}), false);
    get(home.force());
    home.replace(List.of(first), List.of(), 100 * AGE_MS);
    home.close();
    return home;
  }

  @Test
  void aLedgerThatNoListNamesGoesOnceItIsOld() throws Exception {
    busyLog(storage, ID);
    busyLog(storage(ledgers, metadataLists), OTHER);
    Set<Long> needed = ledgers.ids();
    long orphan = get(ledgers.create(ID.name())).id();
    long ofNoLog = get(ledgers.create(new LogId(new Uuid(7, 7), 7).name())).id();
    Set<Long> all = ledgers.ids();
    sweep();
    assertEquals(all, ledgers.ids(), "nothing goes at first sight");
    pass(AGE_MS - 1);
    sweep();
    assertEquals(all, ledgers.ids());
    pass(1);
    sweep();
    assertEquals(needed, ledgers.ids());
    assertFalse(needed.contains(orphan) || needed.contains(ofNoLog));
  }

  @Test
  void aLedgerThatIsListedMeanwhileStays() throws Exception {
    Door listing = new Door(cluster);
    LedgerHome home = LedgerHome.open(storage(ledgers, lists.from(listing)), ID.name());
    listing.close();
    append(home.create(0, 0), "kept");
    Set<Long> made = awaitLedgers(1);
    sweep();
    pass(AGE_MS / 4);
    listing.open();
    get(home.force());
    pass(AGE_MS);
    sweep();
    assertEquals(made, ledgers.ids());
    append(home.segments().get(0), "+more");
    get(home.force());
  }

  private Set<Long> awaitLedgers(int count) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (ledgers.ids().size() < count) {
      assertTrue(System.nanoTime() < deadlineNs, "never made");
      Thread.onSpinWait();
    }
    return ledgers.ids();
  }

  /** What was on its way has come, and what that led to. */
  private void awaitCluster() throws Exception {
    for (int i = 0; i < 10; i++) {
      cluster.submit(() -> {}).get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void whoStillHasALedgerCannotWriteToItAnyMore() throws Exception {
    LedgerWriter orphan = get(ledgers.create(ID.name()));
    sweep();
    pass(AGE_MS);
    sweep();
    assertEquals(Set.of(), ledgers.ids());
    assertThrows(
        ExecutionException.class, () -> get(orphan.append(Unpooled.wrappedBuffer(new byte[] {1}))));
  }

  @Test
  void aLedgerThatWaitedTooLongIsNotListedAnyMore() throws Exception {
    LedgerHome home = LedgerHome.open(storage(ledgers.from(createdLate), lists), ID.name());
    createdLate.close();
    home.create(0, 0);
    CompletionStage<Void> forced = home.force();
    pass(LedgerHome.MAX_UNLISTED_MS + 1);
    createdLate.open();
    ExecutionException failure = assertThrows(ExecutionException.class, () -> get(forced));
    assertTrue(failure.getMessage().contains("waited too long"), failure.getMessage());
  }

  @Test
  void aSegmentThatWasWrittenAnewForTooLongReplacesNothing() throws Exception {
    LedgerHome home = LedgerHome.open(storage, ID.name());
    HomeSegment old = home.create(0, 0);
    append(old, "old");
    old.seal(true);
    home.create(10, 0);
    get(home.force());
    HomeSegment anew = home.createDetached(0);
    append(anew, "new");
    awaitCluster();
    pass(LedgerHome.MAX_UNLISTED_MS + 1);
    assertThrows(CancellationException.class, () -> home.replace(List.of(old), List.of(anew), 0));
    home.discard(anew);
    ByteBuffer bytes = ByteBuffer.allocate(3);
    home.segments().get(0).read(bytes, 0);
    assertEquals("old", UTF_8.decode(bytes.flip()).toString());
    append(home.segments().get(1), "goes on");
    get(home.force());
  }

  @Test
  void aDeletedLogGoesWithItsLedgersOnceThatIsLongAgo() throws Exception {
    busyLog(storage, ID);
    Set<Long> ofDeleted = ledgers.ids();
    busyLog(storage, OTHER);
    Set<Long> others = new TreeSet<>(ledgers.ids());
    others.removeAll(ofDeleted);
    deleted.add(ID);
    sweep();
    pass(AGE_MS - 1);
    sweep();
    assertEquals(Set.of(ID.name(), OTHER.name()), get(lists.names()));
    pass(1);
    sweep();
    assertEquals(Set.of(OTHER.name()), get(lists.names()));
    assertEquals(others, ledgers.ids());
  }

  @Test
  void aLogThatIsThereAfterAllStays() throws Exception {
    busyLog(storage, ID);
    Set<Long> all = ledgers.ids();
    deleted.add(ID);
    sweep();
    deleted.remove(ID);
    pass(AGE_MS);
    sweep();
    deleted.add(ID);
    sweep();
    assertEquals(all, ledgers.ids());
    assertEquals(Set.of(ID.name()), get(lists.names()), "the age is counted anew");
  }

  @Test
  void theAgeThatIsGivenCounts() throws Exception {
    Leftovers soon =
        new Leftovers(storage, metadataLists, ledgers, nowMs::get, Duration.ofMillis(10));
    get(ledgers.create(ID.name()));
    soon.sweep(deleted::contains);
    pass(10);
    soon.sweep(deleted::contains);
    assertEquals(Set.of(), ledgers.ids());
    soon.close();
  }
}

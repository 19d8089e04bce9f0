package dev.naru.log.bookkeeper;

import dev.naru.log.HomeSegment;
import dev.naru.log.SegmentBrokenException;
import dev.naru.log.SegmentHome;
import dev.naru.log.bookkeeper.SegmentList.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Segments of one log as chains of ledgers, and their list as one value that changes by
 * compare-and-set.
 *
 * <p><b>Ownership.</b> {@link #open} takes the log from whoever wrote it before ({@link Takeover}).
 * Entries go to a ledger only after the list names it.
 *
 * <p><b>Durable</b> is an entry when it and everything before it in the log's order is: entries
 * that enough bookies have on disk, and ledgers that the list names ({@link DurableOrder}). When
 * anything of that fails, the outcome is unknown, nothing is said to be durable any more, and the
 * log must be opened again.
 *
 * <p><b>Appending waits for nobody</b>, not even where a segment ends and the next one begins: an
 * event loop may do it. What changes the list otherwise ({@link #replace}, a cut, a durable note)
 * waits, and belongs on a thread that may.
 *
 * <p>The monitor of this object guards what is written; no stage is awaited and none completed
 * under it.
 */
public final class LedgerHome implements SegmentHome {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerHome.class);

  /** A ledger that was cut off may be read for so long by those who hold slices of it. */
  private static final long CUT_DELAY_MS = 60_000;

  /**
   * A ledger that was asked for longer ago gets into no list any more: what no list names for twice
   * as long is deleted ({@link Leftovers}).
   */
  static final long MAX_UNLISTED_MS = Leftovers.SAFE_AGE.toMillis() / 2;

  private final LedgerStorage storage;
  private final String log;
  private final ListKeeper list;
  private final LedgerNotes notes;
  private final Burial burial;
  private final DurableOrder order = new DurableOrder();

  /** Completes when all ledgers that are being closed are; never fails. */
  private CompletionStage<Void> closings = CompletableFuture.completedFuture(null);

  private volatile List<HomeSegment> segments = List.of();
  private boolean closed;

  private LedgerHome(LedgerStorage storage, String log, Takeover takeover) {
    this.storage = storage;
    this.log = log;
    this.list = new ListKeeper(storage, log, takeover.list(), takeover.version());
    this.notes = new LedgerNotes(list, new Hints(storage, list, log), log);
    this.burial = new Burial(storage.ledgers(), list, log);
    begin(takeover.list(), takeover.recovered());
  }

  /**
   * Takes over a log, or begins one that does not exist. Blocks.
   *
   * @throws IOException the bookies that are needed, or ZooKeeper, do not answer; may be tried
   *     again
   */
  public static LedgerHome open(LedgerStorage storage, String log) throws IOException {
    return new LedgerHome(storage, log, Takeover.of(storage, log));
  }

  private void begin(SegmentList claimed, Map<Long, LedgerReader> recovered) {
    List<HomeSegment> found = new ArrayList<>();
    for (SegmentList.Segment segment : claimed.segments()) {
      List<LedgerPart> parts = new ArrayList<>();
      for (Part part : segment.parts()) {
        parts.add(new LedgerPart(storage.ledgers(), part, recovered.get(part.ledgerId())));
      }
      found.add(newSegment(segment.baseOffset(), List.copyOf(parts), order));
    }
    segments = List.copyOf(found);
  }

  private LedgerSegment newSegment(long baseOffset, List<LedgerPart> parts, DurableOrder itsOrder) {
    return new LedgerSegment(this, baseOffset, parts, itsOrder, storage.clock().nowMs());
  }

  String log() {
    return log;
  }

  BlockCache cache() {
    return storage.cache();
  }

  Unacknowledged unacknowledged() {
    return storage.unacknowledged();
  }

  /** Whether it is what {@link #force} makes durable, rather than a detached segment's. */
  boolean isOwn(DurableOrder some) {
    return some == order;
  }

  @Override
  public List<HomeSegment> segments() {
    return segments;
  }

  /** With the lock. */
  void requireWritable() throws IOException {
    Throwable failure = order.failure();
    if (failure != null) {
      throw new SegmentBrokenException(
          "What became of the last records of " + log + " is unknown: " + failure.getMessage(),
          failure);
    }
    if (closed) {
      throw new IOException(log + " is closed");
    }
  }

  /** Waits for nobody: the ledger is asked for, and what is appended meanwhile is kept for it. */
  @Override
  public synchronized HomeSegment create(long baseOffset, int preallocateBytes) throws IOException {
    HomeSegment previous = segments.isEmpty() ? null : segments.get(segments.size() - 1);
    if (previous != null && previous.baseOffset() >= baseOffset) {
      throw new IllegalStateException(
          "Segment " + baseOffset + " cannot follow segment " + previous.baseOffset());
    }
    requireWritable();
    LedgerSegment segment = newSegment(baseOffset, List.of(), order);
    List<HomeSegment> more = new ArrayList<>(segments);
    more.add(segment);
    segments = List.copyOf(more);
    segment.open();
    return segment;
  }

  @Override
  public HomeSegment createDetached(long baseOffset) throws IOException {
    synchronized (this) {
      requireWritable();
      return newSegment(baseOffset, List.of(), new DurableOrder());
    }
  }

  /**
   * Asks for a ledger, with the lock. The list names it once everything before it is durable, and
   * only then it is written: whatever the next owner finds in the list, it finds all that comes
   * before, however many segments were begun meanwhile.
   */
  void openPart(LedgerSegment segment, PartWriter writer) {
    CompletionStage<Void> durableBefore = segment.order().soFar();
    DurableOrder.Step step = segment.order().begin();
    long askedMs = storage.clock().nowMs();
    storage
        .ledgers()
        .create(log)
        .thenCombine(durableBefore, (ledger, nothing) -> ledger)
        .thenCompose(
            ledger ->
                isOverdue(askedMs)
                    ? CompletableFuture.failedFuture(overdue(ledger.id()))
                    : enlist(segment, writer, ledger))
        .whenComplete(
            (nothing, problem) ->
                segment.order().end(step, problem == null ? null : Stages.cause(problem)));
  }

  private boolean isOverdue(long askedMs) {
    return storage.clock().nowMs() - askedMs > MAX_UNLISTED_MS;
  }

  private IOException overdue(long ledgerId) {
    return new IOException(
        "Ledger " + ledgerId + " of " + log + " waited too long to be used: it may be deleted");
  }

  private CompletionStage<Void> enlist(
      LedgerSegment segment, PartWriter writer, LedgerWriter ledger) {
    LedgerPart part =
        new LedgerPart(storage.ledgers(), new Part(ledger.id(), writer.start(), Part.OPEN), ledger);
    CompletionStage<Void> listed =
        isOwn(segment.order())
            ? list.change(
                before -> ListChanges.opened(before, segment.baseOffset(), part.asListed(true)))
            : CompletableFuture.completedFuture(null);
    return listed.thenRun(() -> opened(segment, writer, ledger, part));
  }

  private synchronized void opened(
      LedgerSegment segment, PartWriter writer, LedgerWriter ledger, LedgerPart part) {
    segment.addPart(part);
    writer.opened(ledger, part);
  }

  /** Something that was on its way has ended: takes note of it with the lock, tells without. */
  void ended(Supplier<Runnable> note) {
    Runnable tell;
    synchronized (this) {
      tell = note.get();
    }
    tell.run();
  }

  /** Closes a ledger that is written completely, and says in the list how long it is. */
  void close(LedgerSegment segment, LedgerPart part, LedgerWriter ledger) {
    CompletionStage<Void> closing =
        ledger
            .close()
            .thenCompose(
                nothing -> list.change(before -> ListChanges.closed(before, part.asListed(false))))
            .handle(
                (nothing, problem) -> {
                  if (problem != null) {
                    LOG.debug("{}: ledger {} stays open", log, ledger.id(), Stages.cause(problem));
                  }
                  closed(segment);
                  return null;
                });
    closings = closings.thenCombine(closing, (nothing, neither) -> null);
  }

  private synchronized void closed(LedgerSegment segment) {
    segment.closed();
  }

  /** Ledgers that cannot be deleted now are orphans, which somebody looks for. */
  @Override
  public void discard(HomeSegment detached) throws IOException {
    LedgerSegment segment = (LedgerSegment) detached;
    try {
      segment.seal(false);
      await(segment.order());
      awaitClosings();
    } finally {
      synchronized (this) {
        segment.letGo();
      }
    }
    for (LedgerPart part : segment.parts()) {
      Stages.await(storage.ledgers().delete(part.ledgerId()), "Deleting ledger " + part.ledgerId());
    }
  }

  @Override
  public void replace(List<HomeSegment> removed, List<HomeSegment> added, long deleteDelayMs)
      throws IOException {
    requireListed(removed);
    requireYoung(added);
    for (HomeSegment segment : added) {
      segment.seal(false);
      await(((LedgerSegment) segment).order());
    }
    await(order);
    awaitClosings();
    long afterMs = storage.clock().nowMs() + deleteDelayMs;
    List<SegmentList.Segment> comes =
        added.stream().map(segment -> ((LedgerSegment) segment).asListed()).toList();
    Set<Long> bases = new HashSet<>();
    removed.forEach(segment -> bases.add(segment.baseOffset()));
    Stages.await(
        list.change(before -> ListChanges.replaced(before, bases, comes, afterMs)),
        "Changing the list of segments of " + log);
    synchronized (this) {
      List<HomeSegment> changed = new ArrayList<>(segments);
      int from = changed.indexOf(removed.get(0));
      changed.subList(from, from + removed.size()).clear();
      changed.addAll(from, added);
      segments = List.copyOf(changed);
    }
  }

  /** Nothing has changed when this throws; what was written can be discarded, and done again. */
  private void requireYoung(List<HomeSegment> added) {
    for (HomeSegment segment : added) {
      if (isOverdue(((LedgerSegment) segment).madeMs())) {
        throw new CancellationException(
            "Writing segment " + segment.baseOffset() + " of " + log + " anew took too long");
      }
    }
  }

  private void requireListed(List<HomeSegment> removed) {
    List<HomeSegment> now = segments;
    int from = removed.isEmpty() ? -1 : now.indexOf(removed.get(0));
    if (from < 0
        || from + removed.size() > now.size()
        || !now.subList(from, from + removed.size()).equals(removed)) {
      throw new IllegalStateException("The segments to replace are not in the list any more");
    }
  }

  /** Cuts the end of a segment, durably. Blocks. */
  void cut(LedgerSegment segment, int newSize) throws IOException {
    synchronized (this) {
      requireWritable();
      if (segment.writer() != null && newSize < segment.size()) {
        segment.writer().finish();
      }
    }
    force();
    await(order);
    if (newSize == segment.size()) {
      return;
    }
    awaitClosings();
    List<Long> gone;
    SegmentList.Segment cut;
    synchronized (this) {
      gone = segment.cutTo(newSize).stream().map(LedgerPart::ledgerId).toList();
      cut = segment.asListed();
    }
    long afterMs = storage.clock().nowMs() + CUT_DELAY_MS;
    Stages.await(
        list.change(before -> ListChanges.cut(before, cut, gone, afterMs)),
        "Changing the list of segments of " + log);
  }

  @Override
  public CompletionStage<Void> force() {
    synchronized (this) {
      List<HomeSegment> now = segments;
      if (!now.isEmpty()) {
        PartWriter writer = ((LedgerSegment) now.get(now.size() - 1)).writer();
        if (writer != null) {
          writer.flush();
        }
      }
      return order.soFar();
    }
  }

  @Override
  public boolean hasRoom() {
    return storage.ledgers().hasRoom();
  }

  /** Writes the list as it is: only its owner can. */
  @Override
  public CompletionStage<Boolean> isOwned() {
    return list.change(before -> before).handle((nothing, problem) -> problem == null);
  }

  /** Waits until all that was begun is durable. */
  void await(DurableOrder what) throws IOException {
    Stages.await(what.soFar(), "Making " + log + " durable");
  }

  private void awaitClosings() throws IOException {
    CompletionStage<Void> now;
    synchronized (this) {
      now = closings;
    }
    Stages.await(now, "Closing ledgers of " + log);
  }

  @Override
  public Executor readers() {
    return storage.readers();
  }

  @Override
  public void saveNote(String name, ByteBuffer bytes, boolean durable) throws IOException {
    notes.save(name, bytes, durable);
  }

  @Override
  public ByteBuffer loadNote(String name) {
    return notes.load(name);
  }

  @Override
  public void deleteNote(String name) throws IOException {
    notes.delete(name);
  }

  @Override
  public void rest() {
    burial.rest(storage.clock().nowMs());
  }

  /** Closes the ledgers that are written, so that the next owner finds them as they are. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (order.failure() == null && !segments.isEmpty()) {
        PartWriter writer = ((LedgerSegment) segments.get(segments.size() - 1)).writer();
        if (writer != null) {
          writer.finish();
        }
      }
    }
    try {
      if (order.failure() == null) {
        await(order);
        awaitClosings();
        Stages.await(notes.close(), "Closing the notes of " + log);
      }
    } catch (IOException e) {
      LOG.warn("{}: its ledgers stay open; the next owner recovers them", log, e);
    }
    synchronized (this) {
      closed = true;
      segments.forEach(segment -> ((LedgerSegment) segment).letGo());
    }
  }

  /** With the lock. */
  boolean isClosed() {
    return closed;
  }
}

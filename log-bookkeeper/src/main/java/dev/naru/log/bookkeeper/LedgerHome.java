package dev.naru.log.bookkeeper;

import dev.naru.log.HomeSegment;
import dev.naru.log.SegmentBrokenException;
import dev.naru.log.SegmentHome;
import dev.naru.log.bookkeeper.SegmentList.Doomed;
import dev.naru.log.bookkeeper.SegmentList.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * <p>The monitor of this object guards what is written; no stage is awaited and none completed
 * under it.
 */
public final class LedgerHome implements SegmentHome {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerHome.class);

  /** A ledger that was cut off may be read for so long by those who hold slices of it. */
  private static final long CUT_DELAY_MS = 60_000;

  private static final int MAX_NOTE_BYTES = 64 << 10;

  private final LedgerStorage storage;
  private final String log;
  private final ListKeeper list;
  private final Hints hints;
  private final DurableOrder order = new DurableOrder();

  private final AtomicBoolean burying = new AtomicBoolean();
  private CompletionStage<Void> registered = CompletableFuture.completedFuture(null);

  /** Completes when all ledgers that are being closed are; never fails. */
  private CompletionStage<Void> closings = CompletableFuture.completedFuture(null);

  private volatile List<HomeSegment> segments = List.of();
  private boolean closed;

  private LedgerHome(LedgerStorage storage, String log, Takeover takeover) {
    this.storage = storage;
    this.log = log;
    this.list = new ListKeeper(storage, log, takeover.list(), takeover.version());
    this.hints = new Hints(storage.ledgers(), list, log);
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
      found.add(new LedgerSegment(this, segment.baseOffset(), List.copyOf(parts), order));
    }
    segments = List.copyOf(found);
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

  @Override
  public HomeSegment create(long baseOffset, int preallocateBytes) throws IOException {
    List<HomeSegment> before = segments;
    HomeSegment previous = before.isEmpty() ? null : before.get(before.size() - 1);
    if (previous != null && previous.baseOffset() >= baseOffset) {
      throw new IllegalStateException(
          "Segment " + baseOffset + " cannot follow segment " + previous.baseOffset());
    }
    Stages.await(registered, "Adding a segment to the list of " + log);
    synchronized (this) {
      requireWritable();
      LedgerSegment segment = new LedgerSegment(this, baseOffset, List.of(), order);
      List<HomeSegment> more = new ArrayList<>(segments);
      more.add(segment);
      segments = List.copyOf(more);
      segment.open();
      return segment;
    }
  }

  @Override
  public HomeSegment createDetached(long baseOffset) throws IOException {
    synchronized (this) {
      requireWritable();
      return new LedgerSegment(this, baseOffset, List.of(), new DurableOrder());
    }
  }

  /**
   * Asks for a ledger, with the lock. The list is to name it before it is written, and everything
   * before it is to be durable: the next owner must not find what comes later without it.
   */
  void openPart(LedgerSegment segment, PartWriter writer) {
    CompletionStage<Void> durableBefore = segment.order().soFar();
    DurableOrder.Step step = segment.order().begin();
    boolean attached = isOwn(segment.order());
    CompletionStage<Void> opened =
        storage
            .ledgers()
            .create(log)
            .thenCompose(
                ledger -> {
                  LedgerPart part =
                      new LedgerPart(
                          storage.ledgers(),
                          new Part(ledger.id(), writer.start(), Part.OPEN),
                          ledger);
                  CompletionStage<Void> listed =
                      attached
                          ? list.change(
                              before ->
                                  ListChanges.opened(
                                      before, segment.baseOffset(), part.asListed(true)))
                          : CompletableFuture.completedFuture(null);
                  return listed
                      .thenCombine(durableBefore, (nothing, neither) -> null)
                      .thenRun(() -> opened(segment, writer, ledger, part));
                });
    CompletionStage<Void> ended =
        opened.whenComplete(
            (nothing, problem) ->
                segment.order().end(step, problem == null ? null : Stages.cause(problem)));
    if (attached) {
      registered = ended;
    }
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
      segment.seal(true);
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
    for (HomeSegment segment : added) {
      segment.seal(true);
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
    if (!durable) {
      hints.save(name, bytes);
      return;
    }
    if (bytes.remaining() > MAX_NOTE_BYTES) {
      throw new IllegalArgumentException(
          "A durable note of " + bytes.remaining() + " bytes; at most " + MAX_NOTE_BYTES);
    }
    byte[] note = new byte[bytes.remaining()];
    bytes.duplicate().get(note);
    Stages.await(list.change(before -> before.withNote(name, note)), "Keeping a note of " + log);
  }

  @Override
  public ByteBuffer loadNote(String name) {
    byte[] note = list.current().notes().get(name);
    return note == null ? hints.load(name) : ByteBuffer.wrap(note.clone());
  }

  @Override
  public void deleteNote(String name) throws IOException {
    if (list.current().notes().containsKey(name)) {
      Stages.await(list.change(before -> before.withNote(name, null)), "Deleting a note of " + log);
    }
    hints.delete(name);
  }

  @Override
  public void rest() {
    long nowMs = storage.clock().nowMs();
    List<Long> due =
        list.current().doomed().stream()
            .filter(each -> each.afterMs() <= nowMs)
            .map(Doomed::ledgerId)
            .toList();
    if (due.isEmpty() || !burying.compareAndSet(false, true)) {
      return;
    }
    CompletionStage<Void> buried = CompletableFuture.completedFuture(null);
    for (long ledgerId : due) {
      buried = buried.thenCompose(nothing -> storage.ledgers().delete(ledgerId));
    }
    buried
        .thenCompose(nothing -> list.change(before -> ListChanges.buried(before, due)))
        .whenComplete(
            (nothing, problem) -> {
              burying.set(false);
              if (problem != null) {
                LOG.warn("{}: deleting ledgers failed; later again", log, Stages.cause(problem));
              }
            });
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
        Stages.await(hints.close(), "Closing the notes of " + log);
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

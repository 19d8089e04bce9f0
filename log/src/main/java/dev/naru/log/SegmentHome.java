package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Where the segments of one partition live: files, or BookKeeper's ledgers. It keeps bytes and the
 * list of segments; it knows nothing of offsets inside a segment, epochs or producers.
 *
 * <p><b>The list.</b> Segments are ordered by base offset and only the last one grows. The list
 * changes by {@link #create} and {@link #replace} alone, each of them atomic: after a crash the
 * list is the old one or the new one. A replacement is durable when it returns; a new segment with
 * the next {@link #force}, like what is appended to it. Several may be new at the time of a crash:
 * then the first of them are found and the others not, and none without the ones before. Both
 * changes compare what they change with what they expect, so a second writer is refused. (Files:
 * names in one directory, and a durable note of intent where several names change together.
 * Ledgers: one ZooKeeper node, changed by version, which names a ledger once all before is
 * durable.)
 *
 * <p><b>Two completions.</b> {@link HomeSegment#append} returns when the bytes have their place in
 * the order; they are durable once a {@link #force} that began later has completed. Durability
 * follows the order: bytes are durable only when all bytes before them are, across segments too.
 * (Files: {@code fdatasync}. Ledgers: the stage of the last entry that was added.)
 *
 * <p><b>Positions</b> are byte positions within a segment in both homes; a ledger home maps them to
 * entries. A segment is smaller than 2 GiB.
 *
 * <p><b>Threads.</b> One thread at a time changes the list or appends (the log's lock sees to it).
 * Reads and {@code force} come from any thread at any time. {@link HomeSegment#append}, {@link
 * HomeSegment#seal}, {@link #create} and {@link #saveNote} of a hint happen where records are
 * appended, which may be an event loop: they may use this machine's disk, and never wait for
 * another machine. {@link #replace}, {@link HomeSegment#truncate}, {@link #discard} and notes that
 * must be durable may.
 */
public interface SegmentHome extends AutoCloseable {
  /** The segments in order; an immutable snapshot. */
  List<HomeSegment> segments();

  /**
   * Adds an empty segment at the end of the list. The one before was sealed.
   *
   * @param preallocateBytes how much room to allocate ahead of what is written, when the home can;
   *     0 to leave that to the home
   * @throws IOException nothing changed; may be tried again
   */
  HomeSegment create(long baseOffset, int preallocateBytes) throws IOException;

  /**
   * Makes a segment that is not in the list yet, for compaction: written, then given to {@link
   * #replace}, or {@link #discard}ed. One that neither happened to is gone after a restart.
   */
  HomeSegment createDetached(long baseOffset) throws IOException;

  /** Throws away a detached segment. */
  void discard(HomeSegment detached) throws IOException;

  /**
   * Puts {@code added} where {@code removed} stands in the list, as one change. The removed
   * segments stay readable for those who hold them until the delay has passed.
   *
   * @param removed consecutive segments of the list
   * @param added detached segments; empty for a plain removal
   * @throws IOException whether the list changed is unknown until the home is opened again
   */
  void replace(List<HomeSegment> removed, List<HomeSegment> added, long deleteDelayMs)
      throws IOException;

  /**
   * Makes everything durable that was created or appended before the call. A failure is final: the
   * home never says durable again, since a second fsync would succeed without having written.
   */
  CompletionStage<Void> force();

  /**
   * Whether this home still is the one that writes this log, asked where that is decided: another
   * node may have taken it, and this one not know yet. When it says so, nobody else has written
   * since it was opened. At once where no other node could.
   */
  default CompletionStage<Boolean> isOwned() {
    return CompletableFuture.completedFuture(true);
  }

  /**
   * Whether records of clients may be appended: what room there is otherwise is kept for what the
   * node itself must write. Does not block. A disk of this machine says by itself when it is full.
   */
  default boolean hasRoom() {
    return true;
  }

  /** Where reads of this home run that may wait for a device. */
  Executor readers();

  /**
   * Keeps a small piece of data beside the segments. A durable note is on disk when this returns;
   * any other one is a hint that can be computed again and may be gone after a crash.
   */
  void saveNote(String name, ByteBuffer bytes, boolean durable) throws IOException;

  /** Reads a note; null when there is none or it does not pass its checksum. */
  ByteBuffer loadNote(String name) throws IOException;

  void deleteNote(String name) throws IOException;

  /** Called now and then, by the writer: lets go of what an idle partition does not need. */
  void rest() throws IOException;

  /** Lets go of everything; forces nothing. */
  @Override
  void close() throws IOException;
}

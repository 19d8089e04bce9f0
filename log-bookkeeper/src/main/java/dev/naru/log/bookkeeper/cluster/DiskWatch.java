package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last of the disks' room for what makes room. Bookies take nothing at all when their
 * disks are full, and topics could not even be deleted then, since that is written, too. So what
 * clients produce is refused a bit before ({@link DiskLimits}): while disks that are nearly full
 * leave fewer bookies than a record needs.
 *
 * <p>Each node looks at its own disk, and tells the others when that changes. One thread looks;
 * {@link #hasRoom} is for any.
 */
final class DiskWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  /** Between looks at what the others say. */
  static final int LOOKS = 10;

  /** Where nodes say to each other that their disks are full. */
  interface Board {
    /** Says it of this node, or takes it back; may be repeated. */
    void say(boolean full) throws IOException, InterruptedException;

    /** The bookies of the nodes that say so, by their ids. */
    Set<String> full() throws IOException, InterruptedException;
  }

  private final String own;
  private final int needed;
  private final DiskLimits limits;
  private final DoubleSupplier used;
  private final Board board;
  private final PeriodicTask rounds =
      new PeriodicTask("naru-disk-watch", BETWEEN_LOOKS, this::lookSafely);

  /** What the looking thread knows. */
  private boolean ownFull;

  private boolean said;
  private int looks;

  private Set<String> othersFull = Set.of();
  private Set<String> writable = Set.of();
  private volatile boolean room = true;

  /**
   * @param own the bookie of this node
   * @param needed so many bookies at least have each record
   * @param limits of this node's disk
   * @param used the part of it that is in use
   */
  DiskWatch(String own, int needed, DiskLimits limits, DoubleSupplier used, Board board) {
    this.own = own;
    this.needed = needed;
    this.limits = limits;
    this.used = used;
    this.board = board;
  }

  void start() {
    rounds.start();
  }

  /** Whether clients' records may be written. */
  boolean hasRoom() {
    return room;
  }

  /** These bookies can be written, as far as this node knows. */
  synchronized void writableAre(Set<String> bookies) {
    writable = Set.copyOf(bookies);
    judge();
  }

  private void lookSafely() {
    try {
      look();
    } catch (IOException e) {
      LOG.debug("Which disks are full is not known now", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks once; by one thread. */
  void look() throws IOException, InterruptedException {
    double part = used.getAsDouble();
    boolean full = part >= (ownFull ? limits.produceAccepted() : limits.produceRefused());
    boolean changed = full != ownFull;
    if (changed) {
      synchronized (this) {
        ownFull = full;
        judge();
      }
    }
    if (changed || looks++ % LOOKS == 0) {
      // Again and again while it is so: it is gone with this node's session.
      if (full || said) {
        // It may be said even when no answer comes.
        said = true;
        board.say(full);
        said = full;
      }
      Set<String> others = board.full();
      synchronized (this) {
        othersFull = Set.copyOf(others);
        judge();
      }
    }
  }

  /** With the lock. */
  private void judge() {
    Set<String> full = new TreeSet<>(othersFull);
    full.remove(own);
    if (ownFull) {
      full.add(own);
    }
    Set<String> left = new HashSet<>(writable);
    left.removeAll(full);
    boolean now = full.isEmpty() || left.size() >= needed;
    if (now != room) {
      room = now;
      if (now) {
        LOG.info("There is room on the disks again: what clients produce is taken");
      } else {
        LOG.error(
            "What clients produce is refused: the disks of {} are full, but for what is kept for"
                + " making room; delete records or topics, shorten their retention, or start more"
                + " nodes",
            String.join(", ", full));
      }
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}

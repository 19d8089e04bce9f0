package dev.naru.proving.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The bookies and what ZooKeeper knows of the ledgers: the part of BookKeeper that outlives
 * processes. Three bookies, one on each node's machine; an entry goes to all, and counts when two
 * have it.
 */
final class Bookies {
  static final int COUNT = 3;
  static final int ACKNOWLEDGING = 2;

  /** Answers of so many bookies leave no two others that could have acknowledged something. */
  static final int COVERAGE = COUNT - ACKNOWLEDGING + 1;

  enum State {
    OPEN,
    IN_RECOVERY,
    CLOSED
  }

  /** What ZooKeeper knows of a ledger; changes by compare-and-set. */
  static final class Meta {
    final String log;
    State state = State.OPEN;
    long last = -1;
    int version;

    Meta(String log) {
      this.log = log;
    }
  }

  /** An entry on a bookie's disk. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Entry(byte[] bytes, long lastConfirmed) {}

  /** What one bookie has of one ledger. */
  static final class Shelf {
    final TreeMap<Long, Entry> entries = new TreeMap<>();
    long lastConfirmed = -1;
    boolean fenced;
  }

  /** One bookie; its disk outlives it. */
  static final class Bookie {
    final int node;
    final Map<Long, Shelf> shelves = new HashMap<>();

    /** As BookKeeper has it since 4.17: for an hour, and in memory only. */
    private final Set<Long> fencedAndDeleted = new HashSet<>();

    boolean down;

    /** Its process is stopped: it takes connections and answers nothing. */
    boolean silent;

    Bookie(int node) {
      this.node = node;
    }

    /** A ledger that is not there begins, whoever deleted it before. */
    Shelf shelf(long ledger) {
      return shelves.computeIfAbsent(ledger, none -> new Shelf());
    }

    boolean refuses(long ledger) {
      return fencedAndDeleted.contains(ledger) || shelf(ledger).fenced;
    }

    private void delete(long ledger) {
      Shelf gone = shelves.remove(ledger);
      if (gone != null && gone.fenced) {
        fencedAndDeleted.add(ledger);
      }
    }

    /** Its process ends; what is on its disk stays. */
    void crash() {
      down = true;
      fencedAndDeleted.clear();
    }
  }

  final List<Bookie> bookies = new ArrayList<>();
  final Map<Long, Meta> ledgers = new TreeMap<>();
  private long lastId;

  Bookies() {
    for (int node = 1; node <= COUNT; node++) {
      bookies.add(new Bookie(node));
    }
  }

  Bookie of(int node) {
    return bookies.get(node - 1);
  }

  long create(String log) {
    ledgers.put(++lastId, new Meta(log));
    return lastId;
  }

  void delete(long ledger) {
    ledgers.remove(ledger);
    bookies.forEach(bookie -> bookie.delete(ledger));
  }
}

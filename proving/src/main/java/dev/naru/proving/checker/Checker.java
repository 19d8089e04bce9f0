package dev.naru.proving.checker;

import dev.naru.proving.checker.History.Entry;
import dev.naru.proving.checker.History.Send;
import dev.naru.proving.checker.History.Stint;
import dev.naru.proving.checker.History.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Holds a history against what fresh readers found at its end. Offsets need not be dense:
 * transaction markers take some of them.
 */
public final class Checker {
  /** From this share of unknown operations on, a history proves nothing. */
  static final double UNKNOWN_SHARE_MAX = 0.20;

  private record Place(PartitionId partition, long offset) {}

  private final History history;
  private final List<Violation> violations = new ArrayList<>();
  private final Map<PartitionId, NavigableMap<Long, String>> log = new TreeMap<>();
  private final Map<String, Place> places = new HashMap<>();

  private Checker(History history) {
    this.history = history;
  }

  /** Everything that is wrong with this history; at least one final read must be in it. */
  public static Verdict check(History history) {
    if (history.finals().isEmpty()) {
      throw new IllegalArgumentException("a history without a final read cannot be judged");
    }
    Checker checker = new Checker(history);
    checker.agreeOnOneLog();
    checker.indexValues();
    checker.judgeSends();
    checker.judgeTransactions();
    checker.judgeOrderInTime();
    checker.judgeOrderOfProducers();
    checker.judgeStints();
    new GroupChecker(history, checker.log, checker::add).judge();
    return checker.verdict();
  }

  private Verdict verdict() {
    long unknown = history.sends().stream().filter(s -> s.fate() == Outcome.UNKNOWN).count();
    return new Verdict(
        List.copyOf(violations),
        history.sends().size(),
        unknown,
        places.size(),
        history.transactions().size());
  }

  private void add(Flaw type, String text) {
    violations.add(new Violation(type, text));
  }

  /**
   * Unites all final reads into one log; a partition that one of the readers did not report counts
   * as empty there.
   */
  private void agreeOnOneLog() {
    history
        .finals()
        .values()
        .forEach(
            read ->
                read.forEach(
                    (partition, entries) -> {
                      NavigableMap<Long, String> merged =
                          log.computeIfAbsent(partition, p -> new TreeMap<>());
                      entries.forEach(entry -> merge(merged, partition, entry, "a final reader"));
                    }));
    history
        .finals()
        .forEach(
            (reader, read) ->
                log.forEach(
                    (partition, merged) -> {
                      int seen = read.getOrDefault(partition, List.of()).size();
                      if (seen != merged.size()) {
                        add(
                            Flaw.DIVERGED,
                            reader
                                + " found "
                                + seen
                                + " records in "
                                + partition
                                + ", all readers together "
                                + merged.size());
                      }
                    }));
  }

  private void merge(
      NavigableMap<Long, String> merged, PartitionId partition, Entry entry, String who) {
    String other = merged.putIfAbsent(entry.offset(), entry.value());
    if (other != null && !other.equals(entry.value())) {
      add(
          Flaw.DIVERGED,
          partition
              + " offset "
              + entry.offset()
              + " is "
              + other
              + ", for "
              + who
              + " "
              + entry.value());
    }
  }

  private void indexValues() {
    log.forEach(
        (partition, entries) ->
            entries.forEach(
                (offset, value) -> {
                  Place place = new Place(partition, offset);
                  Place other = places.putIfAbsent(value, place);
                  if (other != null) {
                    add(Flaw.DUPLICATED, value + " stands at " + other + " and at " + place);
                  }
                }));
  }

  private void judgeSends() {
    Map<String, Send> byValue = new HashMap<>();
    for (Send send : history.sends()) {
      byValue.put(send.value, send);
      judgeSend(send, places.get(send.value));
    }
    places.forEach(
        (value, place) -> {
          if (!byValue.containsKey(value)) {
            add(Flaw.UNEXPECTED, value + " at " + place + " was sent by nobody");
          }
        });
  }

  private void judgeSend(Send send, Place place) {
    Outcome fate = send.fate();
    if (place == null) {
      if (fate == Outcome.OK) {
        add(Flaw.LOST, send + ", acknowledged at " + send.offset);
      }
      return;
    }
    if (fate == Outcome.FAIL) {
      add(Flaw.ABORTED_READ, send + " is visible at " + place);
    }
    if (!place.partition.equals(send.partition)) {
      add(Flaw.DIVERGED, send + " stands in " + place);
    } else if (send.offset != History.NO_OFFSET && send.offset != place.offset) {
      add(
          Flaw.DIVERGED,
          send + " was acknowledged at " + send.offset + " and stands at " + place.offset);
    }
  }

  private void judgeTransactions() {
    for (Transaction transaction : history.transactions()) {
      long visible =
          transaction.sends.stream().filter(send -> places.containsKey(send.value)).count();
      if (visible != 0 && visible != transaction.sends.size()) {
        add(
            Flaw.TORN,
            transaction.id
                + ": "
                + visible
                + " of "
                + transaction.sends.size()
                + " records are visible");
      }
    }
  }

  /** When one send had ended before another began, its record stands before the other's. */
  private void judgeOrderInTime() {
    seenByOffset()
        .forEach(
            (partition, sends) -> {
              Send latest = null;
              for (Send send : sends) {
                if (latest != null && send.outcome == Outcome.OK && send.endNs < latest.startNs) {
                  add(
                      Flaw.REORDERED,
                      send + " had ended before " + latest + " began, and stands behind it");
                }
                if (latest == null || send.startNs > latest.startNs) {
                  latest = send;
                }
              }
            });
  }

  /** The records of one producer stand in a partition in the order in which it sent them. */
  private void judgeOrderOfProducers() {
    seenByOffset()
        .forEach(
            (partition, sends) -> {
              Map<String, Send> last = new HashMap<>();
              for (Send send : sends) {
                Send before = last.put(send.producer, send);
                if (before != null && before.order > send.order) {
                  add(
                      Flaw.REORDERED,
                      send + " was sent before " + before + ", and stands behind it");
                }
              }
            });
  }

  private Map<PartitionId, List<Send>> seenByOffset() {
    Map<PartitionId, List<Send>> seen = new TreeMap<>();
    for (Send send : history.sends()) {
      Place place = places.get(send.value);
      if (place != null && place.partition.equals(send.partition)) {
        seen.computeIfAbsent(send.partition, p -> new ArrayList<>()).add(send);
      }
    }
    seen.values()
        .forEach(
            sends -> sends.sort(Comparator.comparingLong(send -> places.get(send.value).offset)));
    return seen;
  }

  private void judgeStints() {
    for (Stint stint : history.stints()) {
      NavigableMap<Long, String> there = log.getOrDefault(stint.partition, new TreeMap<>());
      Entry before = null;
      for (Entry entry : stint.entries) {
        judgeEntry(stint, there, before, entry);
        before = entry;
      }
    }
  }

  private void judgeEntry(
      Stint stint, NavigableMap<Long, String> there, Entry before, Entry entry) {
    String value = there.get(entry.offset());
    if (!entry.value().equals(value)) {
      add(
          Flaw.DIVERGED,
          stint.reader
              + " saw "
              + entry
              + " in "
              + stint.partition
              + ", at the end it is "
              + value);
    }
    if (before == null) {
      return;
    }
    if (entry.offset() <= before.offset()) {
      add(
          Flaw.WENT_BACK,
          stint.reader + " saw " + entry + " of " + stint.partition + " after " + before);
      return;
    }
    Long next = there.higherKey(before.offset());
    if (next != null && next < entry.offset()) {
      add(
          Flaw.SKIPPED,
          stint.reader
              + " went from "
              + before
              + " to "
              + entry
              + " of "
              + stint.partition
              + " over "
              + next);
    }
  }
}

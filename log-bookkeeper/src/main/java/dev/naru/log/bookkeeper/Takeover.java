package dev.naru.log.bookkeeper;

import dev.naru.log.bookkeeper.SegmentList.Part;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log that was taken from whoever wrote it before. Every ledger that the list showed as open is
 * recovered, which fences its writer, and the list is written, which changes its version. An owner
 * of before can neither add an entry nor change the list any more, in whatever order that happens:
 * a ledger that it adds meanwhile makes the compare-and-set fail here, and this begins anew.
 *
 * @param list as it is written now
 * @param version of the list
 * @param recovered ledgers that were open, by their ids
 */
record Takeover(SegmentList list, int version, Map<Long, LedgerReader> recovered) {
  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);
  private static final int MAX_RACES = 20;

  /** So long a process may be stopped and still find its ledgers fenced. */
  private static final long FENCED_MS = 60 * 60 * 1000;

  /**
   * Takes a log over, or begins one that does not exist. Blocks.
   *
   * @throws IOException the bookies that are needed, or ZooKeeper, do not answer; may be tried
   *     again
   */
  static Takeover of(LedgerStorage storage, String log) throws IOException {
    for (int race = 0; race < MAX_RACES; race++) {
      try {
        return attempt(storage, log);
      } catch (ListChangedException e) {
        LOG.debug("{}: the owner of before was quicker; fencing again", log, e);
      }
    }
    throw new IOException(
        "The list of segments of "
            + log
            + " changed "
            + MAX_RACES
            + " times while it was taken over; another node wants this log too");
  }

  private static Takeover attempt(LedgerStorage storage, String log) throws IOException {
    var found = Stages.await(storage.lists().read(log), "Reading the list of segments of " + log);
    SegmentList before =
        found.isEmpty() ? SegmentList.EMPTY : SegmentList.decode(log, found.get().bytes());
    Map<Long, LedgerReader> recovered = recover(storage, before);
    Map<Long, Integer> lengths = new HashMap<>();
    recovered.forEach((ledgerId, reader) -> lengths.put(ledgerId, LedgerPart.payload(reader)));
    long afterMs = storage.clock().nowMs() + FENCED_MS;
    SegmentList claimed = ListChanges.recovered(before, lengths, afterMs).withClaim();
    int version = found.isEmpty() ? SegmentLists.ABSENT : found.get().version();
    int written =
        Stages.await(
            storage.lists().write(log, claimed.encode(), version),
            "Writing the list of segments of " + log);
    return new Takeover(claimed, written, recovered);
  }

  private static Map<Long, LedgerReader> recover(LedgerStorage storage, SegmentList list)
      throws IOException {
    Map<Long, CompletionStage<LedgerReader>> asked = new TreeMap<>();
    for (SegmentList.Segment segment : list.segments()) {
      for (Part part : segment.parts()) {
        if (part.isOpen()) {
          asked.put(part.ledgerId(), storage.ledgers().recover(part.ledgerId()));
        }
      }
    }
    Map<Long, LedgerReader> recovered = new TreeMap<>();
    for (Map.Entry<Long, CompletionStage<LedgerReader>> each : asked.entrySet()) {
      recovered.put(
          each.getKey(), Stages.await(each.getValue(), "Recovering ledger " + each.getKey()));
    }
    return recovered;
  }

  /**
   * Deletes a log: first its list changes hands, so that nobody adds a ledger that would be
   * forgotten, then its ledgers go, then the list. What a crash leaves is found by the next call.
   * Blocks.
   */
  static void delete(LedgerStorage storage, String log) throws IOException {
    for (long ledgerId : of(storage, log).list.ledgers()) {
      Stages.await(storage.ledgers().delete(ledgerId), "Deleting ledger " + ledgerId);
    }
    Stages.await(storage.lists().delete(log), "Deleting the list of segments of " + log);
  }
}

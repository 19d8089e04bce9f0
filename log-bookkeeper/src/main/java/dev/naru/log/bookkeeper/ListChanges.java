package dev.naru.log.bookkeeper;

import dev.naru.log.SegmentNotes;
import dev.naru.log.bookkeeper.SegmentList.Doomed;
import dev.naru.log.bookkeeper.SegmentList.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How a log's list changes: from one list to the next, and nothing else. */
final class ListChanges {
  private ListChanges() {}

  /**
   * A new owner knows how long the ledgers are that were open: those without bytes go.
   *
   * @param afterMs not earlier, since bookies that have forgotten a ledger do not know any more
   *     that it was fenced, and whoever wrote it may not have woken up yet
   */
  static SegmentList recovered(SegmentList list, Map<Long, Integer> lengths, long afterMs) {
    List<SegmentList.Segment> segments = new ArrayList<>();
    List<Doomed> doomed = new ArrayList<>(list.doomed());
    for (SegmentList.Segment segment : list.segments()) {
      List<Part> parts = new ArrayList<>();
      for (Part part : segment.parts()) {
        int length = part.isOpen() ? lengths.get(part.ledgerId()) : part.length();
        if (length > 0) {
          parts.add(new Part(part.ledgerId(), part.start(), length));
        } else {
          doomed.add(new Doomed(part.ledgerId(), afterMs));
        }
      }
      segments.add(new SegmentList.Segment(segment.baseOffset(), List.copyOf(parts)));
    }
    return list.withSegments(segments).withDoomed(doomed);
  }

  /** The last segment, or a new one behind it, goes on in a ledger. */
  static SegmentList opened(SegmentList list, long baseOffset, Part part) {
    List<SegmentList.Segment> segments = new ArrayList<>(list.segments());
    int last = segments.size() - 1;
    List<Part> parts = new ArrayList<>();
    if (last >= 0 && segments.get(last).baseOffset() == baseOffset) {
      parts.addAll(segments.remove(last).parts());
    }
    parts.add(part);
    segments.add(new SegmentList.Segment(baseOffset, List.copyOf(parts)));
    return list.withSegments(segments);
  }

  /** A ledger is closed; one without bytes goes. */
  static SegmentList closed(SegmentList list, Part closed) {
    List<SegmentList.Segment> segments = new ArrayList<>();
    List<Doomed> doomed = new ArrayList<>(list.doomed());
    for (SegmentList.Segment each : list.segments()) {
      List<Part> parts = new ArrayList<>();
      for (Part listed : each.parts()) {
        if (listed.ledgerId() != closed.ledgerId()) {
          parts.add(listed);
        } else if (closed.length() > 0) {
          parts.add(closed);
        } else {
          doomed.add(new Doomed(closed.ledgerId(), 0));
        }
      }
      segments.add(new SegmentList.Segment(each.baseOffset(), List.copyOf(parts)));
    }
    return list.withSegments(segments).withDoomed(doomed);
  }

  /** Segments stand where others stood, with what was noted of those. */
  static SegmentList replaced(
      SegmentList list, Set<Long> removed, List<SegmentList.Segment> added, long afterMs) {
    List<SegmentList.Segment> segments = new ArrayList<>();
    List<Doomed> doomed = new ArrayList<>(list.doomed());
    Map<String, SegmentList.Hint> hints = new HashMap<>(list.hints());
    int at = 0;
    for (SegmentList.Segment segment : list.segments()) {
      if (!removed.contains(segment.baseOffset())) {
        segments.add(segment);
        continue;
      }
      at = segments.size();
      segment.parts().forEach(part -> doomed.add(new Doomed(part.ledgerId(), afterMs)));
      hints.remove(SegmentNotes.summary(segment.baseOffset()));
      if (added.stream().noneMatch(each -> each.baseOffset() == segment.baseOffset())) {
        hints.remove(SegmentNotes.producers(segment.baseOffset()));
      }
    }
    segments.addAll(at, added);
    return list.withSegments(segments).withDoomed(doomed).withHints(hints);
  }

  /** A segment ends earlier than it did. */
  static SegmentList cut(SegmentList list, SegmentList.Segment cut, List<Long> gone, long afterMs) {
    List<SegmentList.Segment> segments = new ArrayList<>();
    for (SegmentList.Segment segment : list.segments()) {
      segments.add(segment.baseOffset() == cut.baseOffset() ? cut : segment);
    }
    List<Doomed> doomed = new ArrayList<>(list.doomed());
    gone.forEach(ledgerId -> doomed.add(new Doomed(ledgerId, afterMs)));
    return list.withSegments(segments).withDoomed(doomed);
  }

  /** Ledgers that were to be deleted are. */
  static SegmentList buried(SegmentList list, List<Long> gone) {
    return list.withDoomed(
        list.doomed().stream().filter(each -> !gone.contains(each.ledgerId())).toList());
  }
}

package dev.naru.proving.checker;

import dev.naru.proving.checker.History.Commit;
import dev.naru.proving.checker.History.Stint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What groups promise over all their members: a record below what was committed was seen by one of
 * them, and what was committed never becomes less.
 */
final class GroupChecker {
  private record Share(String group, PartitionId partition) {}

  private final History history;
  private final Map<PartitionId, NavigableMap<Long, String>> log;
  private final BiConsumer<Flaw, String> flaws;

  GroupChecker(
      History history,
      Map<PartitionId, NavigableMap<Long, String>> log,
      BiConsumer<Flaw, String> flaws) {
    this.history = history;
    this.log = log;
    this.flaws = flaws;
  }

  void judge() {
    Map<Share, Long> committed = new HashMap<>();
    for (Commit commit : history.commits()) {
      Long before = committed.put(new Share(commit.group(), commit.partition()), commit.offset());
      if (before != null && before > commit.offset()) {
        flaws.accept(
            Flaw.WENT_BACK,
            "%s had committed %s of %s, and then %s"
                .formatted(commit.group(), before, commit.partition(), commit.offset()));
      }
    }
    Map<Share, Set<Long>> seen = seen();
    committed.forEach((share, end) -> judge(share, end, seen.getOrDefault(share, Set.of())));
  }

  private Map<Share, Set<Long>> seen() {
    Map<Share, Set<Long>> seen = new HashMap<>();
    for (Stint stint : history.stints()) {
      if (stint.group != null) {
        Set<Long> offsets =
            seen.computeIfAbsent(new Share(stint.group, stint.partition), s -> new HashSet<>());
        stint.entries.forEach(entry -> offsets.add(entry.offset()));
      }
    }
    return seen;
  }

  private void judge(Share share, long end, Set<Long> seen) {
    NavigableMap<Long, String> there = log.getOrDefault(share.partition, new TreeMap<>());
    there
        .headMap(end, false)
        .forEach(
            (offset, value) -> {
              if (!seen.contains(offset)) {
                flaws.accept(
                    Flaw.SKIPPED,
                    "%s committed %s of %s, and no member saw %s at %s"
                        .formatted(share.group, end, share.partition, value, offset));
              }
            });
  }
}

package dev.naru.broker.txn;

import dev.naru.broker.Timers;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * How long transactions have been open: time that has passed, so that who sets the clock by an hour
 * ends none of them early. What the log says of those that began at another coordinator, or before
 * this process, is all that is known of them. Not thread-safe.
 */
final class OpenTimes {
  private final Timers timers;
  private final Map<String, Since> open = new HashMap<>();

  /**
   * Since when one is open.
   *
   * @param startMs of the transaction, by the wall clock of its coordinator then
   * @param elapsedMs the same by {@link Timers#elapsedMs}
   */
  private record Since(long startMs, long elapsedMs) {}

  OpenTimes(Timers timers) {
    this.timers = timers;
  }

  /** These were open when their log was loaded. */
  void loaded(Collection<Transaction> ongoing) {
    long nowMs = timers.nowMs();
    long elapsedMs = timers.elapsedMs();
    for (Transaction each : ongoing) {
      long ageMs = Math.max(0, nowMs - each.startMs());
      open.put(each.transactionalId(), new Since(each.startMs(), elapsedMs - ageMs));
    }
  }

  /**
   * A transactional id has changed.
   *
   * @param ongoing null unless a transaction of it is open now
   */
  void changed(String transactionalId, Transaction ongoing) {
    if (ongoing == null) {
      open.remove(transactionalId);
      return;
    }
    Since known = open.get(transactionalId);
    if (known == null || known.startMs != ongoing.startMs()) {
      open.put(transactionalId, new Since(ongoing.startMs(), timers.elapsedMs()));
    }
  }

  /** Milliseconds since an open transaction began. */
  long openMs(Transaction ongoing) {
    return timers.elapsedMs() - open.get(ongoing.transactionalId()).elapsedMs;
  }
}

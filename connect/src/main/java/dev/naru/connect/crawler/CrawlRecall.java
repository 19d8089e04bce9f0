package dev.naru.connect.crawler;

import dev.naru.connect.crawler.CrawlState.Handed;
import dev.naru.connect.crawler.state.JournalEntry;
import dev.naru.connect.crawler.state.JournalEntry.Done;
import java.util.Map;
import java.util.TreeMap;

/**
 * The first pass over a journal: what was found, and what was dealt with. A visit whose record was
 * on its way counts when the journal, or Connect, says that the topic has it.
 */
final class CrawlRecall {
  private final CrawlMemory memory;
  private final long committedNumber;
  private final CrawlStats stats;
  private final Map<Long, Handed> unconfirmed = new TreeMap<>();
  private long lastNumber;

  /**
   * Begins at the start of the journal.
   *
   * @param committedNumber records up to this number have reached the topic
   * @param stats counts what earlier runs did
   */
  CrawlRecall(CrawlMemory memory, long committedNumber, CrawlStats stats) {
    this.memory = memory;
    this.committedNumber = committedNumber;
    this.stats = stats;
  }

  void entry(long ref, JournalEntry entry) {
    if (entry instanceof JournalEntry.Found found) {
      memory.recallFound(ref, found.url());
    } else if (entry instanceof Done done) {
      lastNumber = Math.max(lastNumber, done.number());
      if (done.number() > 0) {
        unconfirmed.put(done.number(), new Handed(ref, done));
      } else {
        settled(ref, memory.withHash(done));
      }
    } else if (entry instanceof JournalEntry.Confirmed confirmed) {
      lastNumber = Math.max(lastNumber, confirmed.number());
      Handed handed = unconfirmed.remove(confirmed.number());
      if (handed != null) {
        settled(handed.ref(), handed.done());
      }
    } else if (entry instanceof JournalEntry.Root root) {
      memory.recallRoot(root.url());
    } else if (entry instanceof JournalEntry.Began) {
      unconfirmed.clear();
    }
  }

  private void settled(long ref, Done done) {
    memory.settle(ref, done);
    stats.replayed(done.outcome());
  }

  /**
   * Of what the last task left open, Connect knows whether the topic has it. What it does not have
   * is made again, under another number.
   */
  void end() {
    for (Handed handed : unconfirmed.values()) {
      if (handed.done().number() <= committedNumber) {
        memory.append(new JournalEntry.Confirmed(handed.done().number()));
        settled(handed.ref(), handed.done());
      }
    }
    if (!unconfirmed.isEmpty()) {
      memory.append(new JournalEntry.Began());
    }
  }

  /** The highest number that a record had. */
  long lastNumber() {
    return lastNumber;
  }
}

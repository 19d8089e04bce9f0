package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Admission;
import dev.naru.connect.crawler.frontier.Frontier;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Scope;
import dev.naru.connect.crawler.state.ChunkFile;
import dev.naru.connect.crawler.state.CrawlJournal;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.JournalEntry;
import dev.naru.connect.crawler.state.JournalEntry.Done;
import dev.naru.connect.crawler.state.KnownUrls;
import dev.naru.connect.crawler.state.KnownUrls.State;
import dev.naru.connect.crawler.state.LongTable;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * What a crawl remembers: the journal on disk is the authority; the tables and queues beside it are
 * rebuilt from it at every start, in files too, so that the heap holds little however much is
 * known. Guarded by the crawl's lock.
 */
final class CrawlMemory implements Closeable {
  /** Below this many entries the journal is never worth rewriting. */
  private static final long ENTRIES_TO_SPARE = 50_000;

  /**
   * How much is known, and where.
   *
   * @param urls addresses
   * @param journalBytes the journal
   * @param tableBytes files of tables and queues
   */
  record Size(long urls, long journalBytes, long tableBytes) {}

  private final CrawlerConfig config;
  private final CrawlJournal journal;
  private final Path tables;
  private final boolean asksAgain;
  private final long pagesMax;
  private KnownUrls known;
  private LongTable contents;
  private LongTable queries;
  private ChunkFile queues;
  private Frontier frontier;
  private Scope scope;
  private Admission admission;
  private long entries;
  private long lastNumber;
  private boolean full;

  private CrawlMemory(CrawlerConfig config, Path folder, CrawlJournal journal) {
    this.config = config;
    this.journal = journal;
    this.tables = folder.resolve("tables");
    this.asksAgain = config.recrawl().isOn();
    this.pagesMax = config.pagesMax();
  }

  /**
   * Opens the journal in a folder and remembers.
   *
   * @param committedNumber records up to this number have reached the topic, whether the journal
   *     says so or not
   * @param stats counts what earlier runs did
   */
  static CrawlMemory open(CrawlerConfig config, Path folder, long committedNumber, CrawlStats stats)
      throws IOException {
    CrawlMemory memory = new CrawlMemory(config, folder, CrawlJournal.open(folder));
    try {
      Folders.delete(memory.tables);
      Folders.create(memory.tables);
      memory.recall(committedNumber, stats);
      memory.compactIfWorthwhile();
      return memory;
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    closeTables();
    known = new KnownUrls(tables);
    contents = new LongTable(tables.resolve("contents"));
    queries = new LongTable(tables.resolve("queries"));
    queues = new ChunkFile(tables.resolve("queues"));
    frontier = new Frontier(config.politeness(), config.obeyRobots(), queues);
    scope = new Scope(config.reach());
    admission = config.admission(scope, queries);
    entries = 0;
    full = pagesMax <= 0;
    config.seeds().forEach(scope::addSeed);
  }

  /**
   * Two passes over the journal: what was dealt with; then what still waits, which the first pass
   * has to have found out.
   */
  private void recall(long committedNumber, CrawlStats stats) throws IOException {
    begin();
    lastNumber = Math.max(lastNumber, committedNumber);
    CrawlRecall recall = new CrawlRecall(this, committedNumber, stats);
    journal.scan(
        (ref, entry) -> {
          entries++;
          recall.entry(ref, entry);
        });
    recall.end();
    lastNumber = Math.max(lastNumber, recall.lastNumber());
    journal.scan(this::recallWaiting);
  }

  /** Knows an address that the journal has at this place. */
  void recallFound(long ref, FoundUrl found) {
    known.put(found.url().hash(), State.WAITING, ref);
    admission.admitted(found.url());
    if (found.seed()) {
      scope.addSeed(found.url());
    }
    if (found.last() != null && found.last().contentHash() != 0) {
      contents.put(found.last().contentHash(), found.url().hash());
    }
  }

  private void recallWaiting(long ref, JournalEntry entry) {
    if (entry instanceof JournalEntry.Found found) {
      CanonicalUrl url = found.url().url();
      if (known.waits(url.hash(), ref) && !full) {
        frontier.add(url.origin(), url.isLoopbackName(), ref);
      } else {
        frontier.countAdmitted(url.origin(), url.isLoopbackName());
      }
    }
  }

  /** Lets an address in. */
  void admit(FoundUrl found) {
    long ref = append(found);
    if (full) {
      frontier.countAdmitted(found.url().origin(), found.url().isLoopbackName());
    } else {
      frontier.add(found.url().origin(), found.url().isLoopbackName(), ref);
    }
  }

  private long append(FoundUrl found) {
    long ref = append(new JournalEntry.Found(found));
    recallFound(ref, found);
    return ref;
  }

  void admitUnlessKnown(FoundUrl found) {
    if (known.state(found.url().hash()) == State.UNKNOWN) {
      admit(found);
    }
  }

  /** Gives what is known of some addresses to another memory, which may know some of them. */
  void handOn(CrawlMemory to, Predicate<CanonicalUrl> wanted) throws IOException {
    journal.scan(
        (ref, entry) -> {
          if (entry instanceof JournalEntry.Root root) {
            to.root(root.url());
          } else if (entry instanceof JournalEntry.Found found && wanted.test(found.url().url())) {
            handOn(ref, found.url(), to);
          }
        });
  }

  private void handOn(long ref, FoundUrl found, CrawlMemory to) {
    long hash = found.url().hash();
    if (known.waits(hash, ref)) {
      to.admitUnlessKnown(found);
    } else if (isVisitOf(hash, ref) && to.known.state(hash) == State.UNKNOWN) {
      Done done = rewritten(visit(hash), to.append(found), found);
      to.frontier.countAdmitted(found.url().origin(), found.url().isLoopbackName());
      to.settle(to.append(done), done);
    }
  }

  /** Whether the last visit of an address is one of what was found at this place. */
  private boolean isVisitOf(long hash, long ref) {
    return known.state(hash).isVisited() && visit(hash).ref() == ref;
  }

  void recallRoot(CanonicalUrl url) {
    scope.addSeed(url);
  }

  /** Brings the surroundings of an address into scope, unless they are. */
  void root(CanonicalUrl url) {
    if (!scope.contains(url)) {
      scope.addSeed(url);
      append(new JournalEntry.Root(url));
    }
  }

  /** A visit counts from now on. */
  void settle(long ref, Done done) {
    State state = state(done);
    known.put(done.hash(), state, ref);
    if (state == State.DELIVERED && done.learned() != null && done.learned().contentHash() != 0) {
      contents.put(done.learned().contentHash(), done.hash());
    }
    if (asksAgain) {
      known.dueAt(done.hash(), done.atMs() + done.pauseMs());
    }
    if (!full && known.count(State.DELIVERED) >= pagesMax) {
      // Whatever waits for its first visit now waits for a start with a higher limit.
      full = true;
      frontier.clear();
      known.clearLine();
    }
  }

  private static State state(Done done) {
    return switch (done.outcome()) {
      case DELIVERED, CHANGED, UNCHANGED -> State.DELIVERED;
      case SITEMAP -> State.SETTLED;
      default ->
          done.learned() != null
              ? State.DELIVERED
              : done.outcome().kind() == Outcome.Kind.MOVED ? State.MOVED : State.SETTLED;
    };
  }

  /** The address that the journal has at this place, for a first visit or another one. */
  CrawlState.Waiting waiting(long ref) {
    JournalEntry entry = journal.read(ref);
    if (entry instanceof Done done) {
      FoundUrl found = journal.found(done.ref());
      return new CrawlState.Waiting(done.ref(), found.again(done.learned()), done.pauseMs());
    }
    return new CrawlState.Waiting(ref, journal.found(ref), 0);
  }

  /** The last visit of an address that was visited. */
  Done visit(long hash) {
    return (Done) journal.read(known.ref(hash));
  }

  void requeueDue(long wallMs, int part) {
    known.due(wallMs, part, this::requeue);
  }

  private void requeue(long hash, long ref) {
    known.inLine(hash);
    if (known.state(hash).isVisited()) {
      CanonicalUrl url = journal.found(visit(hash).ref()).url();
      frontier.again(url.origin(), url.isLoopbackName(), ref);
    }
  }

  long append(JournalEntry entry) {
    entries++;
    return journal.append(entry);
  }

  /**
   * Rewrites the journal when more than half of it has been overtaken, and begins with the new one.
   * Nothing may be under way: places in the old one mean nothing in the new one.
   */
  void compactIfWorthwhile() throws IOException {
    long visited =
        known.count(State.DELIVERED) + known.count(State.MOVED) + known.count(State.SETTLED);
    long needed = known.count(State.WAITING) + 2 * visited;
    if (entries > 2 * needed + ENTRIES_TO_SPARE) {
      journal.replace(this::copy);
      recall(0, new CrawlStats());
    }
  }

  private void copy(CrawlJournal fresh) {
    fresh.append(new JournalEntry.Confirmed(lastNumber));
    try {
      journal.scan((ref, entry) -> copy(ref, entry, fresh));
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state cannot be read again.", e);
    }
  }

  private void copy(long ref, JournalEntry entry, CrawlJournal fresh) {
    if (entry instanceof JournalEntry.Root) {
      fresh.append(entry);
    } else if (entry instanceof JournalEntry.Found found) {
      long hash = found.url().url().hash();
      if (known.waits(hash, ref)) {
        fresh.append(found);
      } else if (isVisitOf(hash, ref)) {
        fresh.append(rewritten(visit(hash), fresh.append(found), found.url()));
      }
    }
  }

  /** Earlier versions did not write the hash. */
  Done withHash(Done done) {
    return done.hash() != 0 ? done : rewritten(done, done.ref(), journal.found(done.ref()));
  }

  private static Done rewritten(Done done, long ref, FoundUrl found) {
    return new Done(
        ref, found.url().hash(), 0, done.outcome(), done.learned(), done.atMs(), done.pauseMs());
  }

  KnownUrls known() {
    return known;
  }

  LongTable contents() {
    return contents;
  }

  Frontier frontier() {
    return frontier;
  }

  Admission admission() {
    return admission;
  }

  boolean isFull() {
    return full;
  }

  long lastNumber() {
    return lastNumber;
  }

  long nextNumber() {
    return ++lastNumber;
  }

  Size size() {
    long tableBytes =
        known.fileBytes() + contents.fileBytes() + queries.fileBytes() + queues.fileBytes();
    return new Size(known.size(), journal.bytes(), tableBytes);
  }

  void beforeFlush(Runnable action) {
    journal.beforeFlush(action);
  }

  void flush() {
    journal.flush();
  }

  void force() {
    journal.force();
  }

  private void closeTables() throws IOException {
    if (known != null) {
      known.close();
      contents.close();
      queries.close();
      queues.close();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closeTables();
    } finally {
      journal.close();
    }
  }
}

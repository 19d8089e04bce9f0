package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Admission;
import dev.naru.connect.crawler.frontier.Frontier;
import dev.naru.connect.crawler.frontier.LongLongMap;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Outcome.Kind;
import dev.naru.connect.crawler.frontier.Scope;
import dev.naru.connect.crawler.state.CrawlJournal;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.state.JournalEntry;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Everything a crawl knows: the journal on disk, and in memory what can be rebuilt from it (which
 * addresses were seen, which contents, the frontier, the counts). An address is done with only when
 * {@link #done} was called; until then a restart fetches it again. Guarded by the crawl's lock.
 */
final class CrawlState implements Closeable {
  private static final long PENDING = 0;
  private static final long DELIVERED = 1;
  private static final long MOVED = 2;
  private static final long SETTLED = 3;

  private final CrawlerConfig config;
  private final CrawlJournal journal;
  private LongLongMap seen;
  private LongLongMap contents;
  private Frontier frontier;
  private Scope scope;
  private Admission admission;
  private CrawlStats stats;
  private JournalEntry.Round round;
  private long finishedAtMs;
  private LongLongMap replayedCodes;
  private LongLongMap replayedContents;

  CrawlState(CrawlerConfig config, long wallMs) throws IOException {
    this.config = config;
    reset();
    this.journal = CrawlJournal.open(config.stateFolder(), this::replayDone);
    afterReplay(wallMs);
  }

  private void reset() {
    seen = new LongLongMap();
    contents = new LongLongMap();
    frontier = new Frontier(config.politeness(), config.obeyRobots());
    scope = new Scope(config.reach());
    admission = config.admission(scope);
    stats = new CrawlStats();
    round = null;
    finishedAtMs = -1;
    replayedCodes = new LongLongMap();
    replayedContents = new LongLongMap();
    config.seeds().forEach(scope::addSeed);
  }

  /**
   * The first pass over the journal: what is dealt with. The second then knows what still waits,
   * without holding it all.
   */
  private void replayDone(long ref, JournalEntry entry) {
    if (entry instanceof JournalEntry.Round begun) {
      round = begun;
    } else if (entry instanceof JournalEntry.Done done) {
      replayedCodes.put(done.ref(), code(done.outcome()));
      if (done.learned() != null) {
        replayedContents.put(done.ref(), done.learned().contentHash());
      }
      stats.replayed(done.outcome());
      finishedAtMs = -1;
    } else if (entry instanceof JournalEntry.Finished finished) {
      finishedAtMs = finished.atMs();
    }
  }

  private void replayFound(long ref, JournalEntry entry) {
    if (!(entry instanceof JournalEntry.Found entryFound)) {
      return;
    }
    FoundUrl found = entryFound.url();
    admission.admitted(found.url());
    if (found.seed()) {
      scope.addSeed(found.url());
    }
    long code = replayedCodes.get(ref);
    if (code != LongLongMap.ABSENT) {
      long content = replayedContents.get(ref);
      frontier.countAdmitted(found.url().origin(), found.url().isLoopbackName());
      settle(found, code, content == LongLongMap.ABSENT ? 0 : content);
      return;
    }
    seen.put(found.url().hash(), PENDING);
    if (found.last() != null && found.last().contentHash() != 0) {
      contents.put(found.last().contentHash(), found.url().hash());
    }
    enqueue(ref, found);
  }

  private void afterReplay(long wallMs) throws IOException {
    journal.scan(this::replayFound);
    replayedCodes = null;
    replayedContents = null;
    if (round == null) {
      round = new JournalEntry.Round(1, wallMs);
      journal.append(round);
    }
    config.seeds().forEach(seed -> offer(FoundUrl.seed(seed)));
  }

  private void enqueue(long ref, FoundUrl found) {
    frontier.add(found.url().origin(), found.url().isLoopbackName(), ref);
  }

  /** Lets a found address in, unless it is known already or refused; whether it was let in. */
  boolean offer(FoundUrl found) {
    long hash = found.url().hash();
    if (seen.get(hash) != LongLongMap.ABSENT) {
      return false;
    }
    boolean trusted = found.seed() || found.kind() == FoundUrl.Kind.SITEMAP;
    Outcome refusal = admission.refusal(found.url(), found.depth(), trusted, frontier);
    if (refusal != null) {
      // Remembered in memory only: the next crawl looks at it afresh, under the options of its
      // time.
      seen.put(hash, SETTLED);
      stats.count(refusal, found.url(), null);
      return false;
    }
    admit(found);
    return true;
  }

  private void admit(FoundUrl found) {
    seen.put(found.url().hash(), PENDING);
    admission.admitted(found.url());
    if (found.seed()) {
      scope.addSeed(found.url());
    }
    enqueue(journal.append(new JournalEntry.Found(found)), found);
    finishedAtMs = -1;
  }

  /** Follows a redirect, in the target's own queue; what became of the address that redirects. */
  Outcome redirect(FoundUrl found, CanonicalUrl target) {
    FoundUrl next = found.redirect(target);
    if (next.redirects() > config.redirectsMax()) {
      return Outcome.TOO_MANY_REDIRECTS;
    }
    long known = seen.get(target.hash());
    boolean backToStart =
        target.equals(found.url()) || target.toString().equals(found.redirectedFrom());
    if (backToStart || (found.redirects() > 0 && known == MOVED)) {
      return Outcome.REDIRECT_LOOP;
    }
    return offer(next) || known == DELIVERED || found.kind() != FoundUrl.Kind.CANONICAL
        ? Outcome.REDIRECTED
        : Outcome.REDIRECT_LOOP;
  }

  /**
   * Whether a page leaves the word to the page that it calls canonical; that one is then let in, or
   * was delivered.
   */
  boolean yieldsTo(FoundUrl found, CanonicalUrl canonical) {
    if (canonical == null || canonical.equals(found.url()) || found.kind() != FoundUrl.Kind.PAGE) {
      return false;
    }
    // A page that is known but not delivered may yet fail, and then nobody would have the content.
    return seen.get(canonical.hash()) == DELIVERED
        || offer(found.link(canonical).as(FoundUrl.Kind.CANONICAL));
  }

  /** Whether another page has this content; if none has, it is this page's from now on. */
  boolean isDuplicate(FoundUrl found, long contentHash) {
    long owner = contents.get(contentHash);
    if (owner == LongLongMap.ABSENT) {
      contents.put(contentHash, found.url().hash());
      return false;
    }
    return owner != found.url().hash();
  }

  /** The address is dealt with, for good. */
  void done(long ref, FoundUrl found, Outcome outcome, Validators learned, String detail) {
    journal.append(new JournalEntry.Done(ref, outcome, learned));
    stats.count(outcome, found.url(), detail);
    settle(found, code(outcome), learned == null ? 0 : learned.contentHash());
    boolean contentLost = outcome.kind() == Kind.SKIPPED || outcome.kind() == Kind.FAILED;
    if (found.kind() == FoundUrl.Kind.CANONICAL && contentLost && outcome != Outcome.DUPLICATE) {
      CanonicalUrl.parse(found.referrer())
          .map(FoundUrl::seed)
          .ifPresent(page -> admit(inPlaceOf(found, page)));
    }
  }

  private static FoundUrl inPlaceOf(FoundUrl canonical, FoundUrl page) {
    return new FoundUrl(
        page.url(),
        Math.max(canonical.depth() - 1, 0),
        null,
        null,
        0,
        false,
        FoundUrl.Kind.INSTEAD_OF_CANONICAL,
        null);
  }

  private static long code(Outcome outcome) {
    if (outcome == Outcome.DELIVERED || outcome == Outcome.UNCHANGED) {
      return DELIVERED;
    }
    return outcome.kind() == Kind.MOVED ? MOVED : SETTLED;
  }

  private void settle(FoundUrl found, long code, long contentHash) {
    seen.put(found.url().hash(), code);
    if (code == DELIVERED && contentHash != 0) {
      contents.put(contentHash, found.url().hash());
    }
  }

  /**
   * Begins the next round: every page that was delivered is asked for again, everything else is
   * forgotten.
   */
  void beginRound(long wallMs) throws IOException {
    LongLongMap dealtWith = new LongLongMap();
    journal.scan(
        (ref, entry) -> {
          if (entry instanceof JournalEntry.Done done) {
            dealtWith.put(done.ref(), 1);
          }
        });
    JournalEntry.Round next = new JournalEntry.Round(round.number() + 1, wallMs);
    journal.replace(fresh -> copyForNextRound(fresh, next, dealtWith));
    reset();
    journal.scan(this::replayDone);
    afterReplay(wallMs);
  }

  private void copyForNextRound(
      CrawlJournal fresh, JournalEntry.Round next, LongLongMap dealtWith) {
    fresh.append(next);
    try {
      journal.scan(
          (ref, entry) -> {
            if (entry instanceof JournalEntry.Found found
                && dealtWith.get(ref) == LongLongMap.ABSENT) {
              fresh.append(found);
            } else if (entry instanceof JournalEntry.Done done
                && (done.outcome() == Outcome.DELIVERED || done.outcome() == Outcome.UNCHANGED)) {
              FoundUrl page = journal.read(done.ref());
              fresh.append(new JournalEntry.Found(again(page, done.learned())));
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state cannot be read again.", e);
    }
  }

  private static FoundUrl again(FoundUrl page, Validators learned) {
    Validators last = learned == null ? Validators.NONE : learned;
    return new FoundUrl(
        page.url(),
        page.depth(),
        page.referrer(),
        page.redirectedFrom(),
        0,
        page.seed(),
        FoundUrl.Kind.INSTEAD_OF_CANONICAL,
        last);
  }

  FoundUrl read(long ref) {
    return journal.read(ref);
  }

  Frontier frontier() {
    return frontier;
  }

  CrawlStats stats() {
    return stats;
  }

  int roundNumber() {
    return round.number();
  }

  /** When the crawl finished (wall clock), or -1. */
  long finishedAtMs() {
    return finishedAtMs;
  }

  void finish(long wallMs) {
    finishedAtMs = wallMs;
    journal.append(new JournalEntry.Finished(wallMs));
    journal.force();
  }

  void flush() {
    journal.flush();
  }

  void force() {
    journal.force();
  }

  @Override
  public void close() throws IOException {
    journal.close();
  }
}

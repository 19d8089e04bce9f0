package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Admission;
import dev.naru.connect.crawler.frontier.Frontier;
import dev.naru.connect.crawler.frontier.LongMap;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.frontier.Outcome.Kind;
import dev.naru.connect.crawler.frontier.Recrawl;
import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.state.JournalEntry;
import dev.naru.connect.crawler.state.JournalEntry.Done;
import dev.naru.connect.crawler.state.KnownUrls.State;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.Closeable;
import java.io.IOException;

/**
 * What a crawl decides about addresses: whether one is let in, where a redirect leads, what is a
 * duplicate, what a visit means for the next one. An address is done with only when {@link #done}
 * or {@link #confirmed} was called; until then a restart fetches it again. Guarded by the crawl's
 * lock.
 */
final class CrawlState implements Closeable {
  /**
   * An address whose turn it is.
   *
   * @param foundRef where the journal has it
   * @param pauseMs the pause before this visit; 0 for the first
   */
  record Waiting(long foundRef, FoundUrl found, long pauseMs) {}

  /** A visit whose record is on its way to the topic, and where the journal has it. */
  record Handed(long ref, Done done) {}

  private final CrawlerConfig config;
  private final CrawlMemory memory;
  private final Recrawl recrawl;
  private final Handover others;
  private final CrawlStats stats = new CrawlStats();

  /**
   * Opens the crawl's folder.
   *
   * @param others the tasks that crawl with this one
   * @param committedNumber the highest number of a record that Connect says the topic has; 0 when
   *     it says nothing
   * @throws IOException when the folder is in use, or what is in it cannot be used
   */
  CrawlState(CrawlerConfig config, Handover others, long committedNumber) throws IOException {
    this.config = config;
    this.others = others;
    this.recrawl = config.recrawl();
    this.memory = CrawlMemory.open(config, config.stateFolder(), committedNumber, stats);
    memory.beforeFlush(others::flush);
    try {
      new TaskChange(config).takeOver(memory, others);
      offerStart();
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void offerStart() {
    for (CanonicalUrl seed : config.seeds()) {
      if (others.isMine(seed)) {
        offer(FoundUrl.seed(seed));
      }
    }
    for (CanonicalUrl sitemap : config.sitemaps()) {
      if (others.isMine(sitemap)) {
        offer(FoundUrl.sitemap(sitemap));
      }
    }
  }

  private State state(CanonicalUrl url) {
    return memory.known().state(url.hash());
  }

  /** Lets a found address in, unless it is known already or refused; whether it was let in. */
  boolean offer(FoundUrl found) {
    long hash = found.url().hash();
    if (memory.known().state(hash) != State.UNKNOWN) {
      return false;
    }
    boolean mine = others.isMine(found.url());
    Outcome refusal = refusal(found, mine);
    if (refusal != null) {
      // Remembered in memory only: the next start looks at it afresh, under the options of its
      // time.
      memory.known().put(hash, State.REFUSED, 0);
      stats.count(refusal, found.url(), null);
      return false;
    }
    if (found.seed() && found.redirects() > 0 && others.exist()) {
      memory.root(found.url());
      others.sendRoot(found.url());
    }
    if (!mine) {
      memory.known().put(hash, State.ELSEWHERE, 0);
      others.send(found);
      return false;
    }
    memory.admit(found);
    return true;
  }

  private Outcome refusal(FoundUrl found, boolean mine) {
    Admission admission = memory.admission();
    Frontier frontier = memory.frontier();
    if (found.kind() == FoundUrl.Kind.SITEMAP) {
      return mine ? admission.sitemapRefusal(found.url(), found.depth(), frontier) : null;
    }
    return mine || found.seed()
        ? admission.refusal(found.url(), found.depth(), found.seed(), frontier)
        : admission.refusal(found.url(), found.depth());
  }

  /** What another task sends. */
  void received(JournalEntry entry) {
    if (entry instanceof JournalEntry.Root root) {
      memory.root(root.url());
    } else if (entry instanceof JournalEntry.Found found) {
      offer(found.url());
    }
  }

  /**
   * A sitemap lists an address.
   *
   * @param modifiedMs when it was last modified, as the sitemap says (wall clock); 0 when it does
   *     not say
   */
  void listed(FoundUrl found, long modifiedMs) {
    offer(found);
    long hash = found.url().hash();
    if (modifiedMs > 0
        && memory.known().state(hash) == State.DELIVERED
        && memory.known().isScheduled(hash)
        && memory.visit(hash).atMs() < modifiedMs) {
      memory.known().dueAt(hash, 0);
    }
  }

  /** Follows a redirect, in the target's own queue; what became of the address that redirects. */
  Outcome redirect(FoundUrl found, CanonicalUrl target) {
    FoundUrl next = found.redirect(target);
    if (next.redirects() > config.redirectsMax()) {
      return Outcome.TOO_MANY_REDIRECTS;
    }
    State known = state(target);
    boolean backToStart =
        target.equals(found.url()) || target.toString().equals(found.redirectedFrom());
    if (backToStart || (found.redirects() > 0 && known == State.MOVED)) {
      return Outcome.REDIRECT_LOOP;
    }
    boolean followed = offer(next) || known == State.DELIVERED;
    if (!followed && state(target) == State.ELSEWHERE) {
      return Outcome.HANDED_OVER;
    }
    return followed || found.kind() != FoundUrl.Kind.CANONICAL
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
    FoundUrl link = found.link(canonical);
    if (!others.isMine(canonical)) {
      // Nobody here will hear whether the other task could deliver it.
      offer(link);
      return false;
    }
    // A page that is known but not delivered may yet fail, and then nobody would have the content.
    return state(canonical) == State.DELIVERED || offer(link.as(FoundUrl.Kind.CANONICAL));
  }

  /** Whether another page has this content; if none has, it is this page's from now on. */
  boolean isDuplicate(FoundUrl found, long contentHash) {
    long owner = memory.contents().get(contentHash);
    long hash = found.url().hash();
    if (owner == LongMap.ABSENT || (owner != hash && !stillHas(owner, contentHash))) {
      memory.contents().put(contentHash, hash);
      return false;
    }
    return owner != hash;
  }

  private boolean stillHas(long owner, long contentHash) {
    State state = memory.known().state(owner);
    if (state == State.WAITING) {
      return true;
    }
    if (state != State.DELIVERED) {
      return false;
    }
    Validators learned = memory.visit(owner).learned();
    return learned != null && learned.contentHash() == contentHash;
  }

  /** The address is dealt with, without a record. What the topic has of it stays. */
  void done(Waiting waiting, Outcome outcome, Validators learned, String detail, long wallMs) {
    FoundUrl found = waiting.found();
    boolean keep = learned == null && found.kind() != FoundUrl.Kind.SITEMAP;
    Done done = visit(waiting, 0, outcome, keep ? found.last() : learned, wallMs);
    memory.settle(memory.append(done), done);
    stats.count(outcome, found.url(), detail);
    boolean contentLost = outcome.kind() == Kind.SKIPPED || outcome.kind() == Kind.FAILED;
    if (found.kind() == FoundUrl.Kind.CANONICAL && contentLost && outcome != Outcome.DUPLICATE) {
      CanonicalUrl.parse(found.referrer()).ifPresent(page -> memory.admit(inPlaceOf(found, page)));
    }
  }

  /**
   * A record of the visit is on its way, with a number that no record had before; nothing is done
   * before the topic has it.
   */
  Handed handed(Waiting waiting, Outcome outcome, Validators learned, long wallMs) {
    Done done = visit(waiting, memory.nextNumber(), outcome, learned, wallMs);
    return new Handed(memory.append(done), done);
  }

  /** The topic has the record. */
  void confirmed(Handed handed, CanonicalUrl url) {
    memory.append(new JournalEntry.Confirmed(handed.done().number()));
    memory.settle(handed.ref(), handed.done());
    stats.count(handed.done().outcome(), url, null);
  }

  private Done visit(
      Waiting waiting, long number, Outcome outcome, Validators learned, long wallMs) {
    long pauseMs = recrawl.isOn() ? pauseMs(waiting, outcome, learned) : 0;
    long hash = waiting.found().url().hash();
    return new Done(waiting.foundRef(), hash, number, outcome, learned, wallMs, pauseMs);
  }

  private long pauseMs(Waiting waiting, Outcome outcome, Validators learned) {
    Validators last = waiting.found().last();
    boolean wasThere = last != null && waiting.pauseMs() > 0;
    Recrawl.Visit visit =
        switch (outcome) {
          case DELIVERED -> Recrawl.Visit.NEW;
          case CHANGED -> Recrawl.Visit.CHANGED;
          case UNCHANGED -> Recrawl.Visit.SAME;
          case SITEMAP ->
              !wasThere
                  ? Recrawl.Visit.NEW
                  : last.contentHash() == learned.contentHash()
                      ? Recrawl.Visit.SAME
                      : Recrawl.Visit.CHANGED;
          default ->
              wasThere && (learned != null || waiting.found().kind() == FoundUrl.Kind.SITEMAP)
                  ? Recrawl.Visit.UNKNOWN
                  : Recrawl.Visit.NOT_A_PAGE;
        };
    return recrawl.pauseMs(visit, waiting.pauseMs());
  }

  private static FoundUrl inPlaceOf(FoundUrl canonical, CanonicalUrl page) {
    return new FoundUrl(
        page,
        Math.max(canonical.depth() - 1, 0),
        null,
        null,
        0,
        false,
        FoundUrl.Kind.INSTEAD_OF_CANONICAL,
        null);
  }

  /**
   * Puts addresses in line whose time has come to be asked for again.
   *
   * @param part how much is looked at: one part of all addresses in so many
   */
  void requeueDue(long wallMs, int part) {
    if (recrawl.isOn()) {
      memory.requeueDue(wallMs, part);
    }
  }

  /** Lets the journal be rewritten if that is worth it; nothing may be under way. */
  void compactIfWorthwhile() throws IOException {
    memory.compactIfWorthwhile();
  }

  Waiting read(long ref) {
    return memory.waiting(ref);
  }

  Frontier frontier() {
    return memory.frontier();
  }

  CrawlStats stats() {
    return stats;
  }

  /** Pages that the topic has. */
  long pages() {
    return memory.known().count(State.DELIVERED);
  }

  /** Whether the topic has as many pages as it may have; what is in line then is known to it. */
  boolean isFull() {
    return memory.isFull();
  }

  /** The highest number that a record ever had. */
  long lastNumber() {
    return memory.lastNumber();
  }

  /** How much the crawl knows, and what that takes: for status and benchmarks. */
  CrawlMemory.Size size() {
    return memory.size();
  }

  void flush() {
    memory.flush();
  }

  void force() {
    memory.force();
  }

  @Override
  public void close() throws IOException {
    others.flush();
    memory.close();
  }
}

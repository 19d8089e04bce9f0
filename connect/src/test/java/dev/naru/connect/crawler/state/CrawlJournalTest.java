package dev.naru.connect.crawler.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.state.FoundUrl.Kind;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrawlJournalTest {
  @TempDir Path folder;

  private static final FoundUrl FULL =
      new FoundUrl(
          CanonicalUrl.parse("http://a.example/x?y").orElseThrow(),
          7,
          "http://a.example/",
          "http://a.example/old",
          2,
          true,
          Kind.CANONICAL,
          new Validators("\"tag\"", "Mon, 23 Nov 2026 10:00:00 GMT", -5));

  private static List<JournalEntry> entries() {
    return List.of(
        new JournalEntry.Confirmed(3),
        new JournalEntry.Found(FULL),
        new JournalEntry.Found(FoundUrl.seed(FULL.url())),
        new JournalEntry.Done(
            12, -9, 4, Outcome.DELIVERED, new Validators(null, null, 1), 1_000, 60_000),
        new JournalEntry.Done(13, 7, 0, Outcome.TIMEOUT, null, 2_000, 0),
        new JournalEntry.Root(FULL.url()),
        new JournalEntry.Began());
  }

  private CrawlJournal open(CrawlJournal.Replay replay) throws IOException {
    CrawlJournal journal = CrawlJournal.open(folder);
    journal.scan(replay);
    return journal;
  }

  private List<JournalEntry> replayed() throws IOException {
    List<JournalEntry> replayed = new ArrayList<>();
    open((ref, entry) -> replayed.add(entry)).close();
    return replayed;
  }

  @Test
  void whatWasAppendedIsReplayedAndRead() throws IOException {
    try (CrawlJournal journal = open((ref, entry) -> {})) {
      List<Long> refs = entries().stream().map(journal::append).toList();
      assertEquals(FULL, journal.found(refs.get(1)), "before it reached the file");
    }
    assertEquals(entries(), replayed());
    List<Long> refs = new ArrayList<>();
    try (CrawlJournal journal = open((ref, entry) -> refs.add(ref))) {
      assertEquals(FULL, journal.found(refs.get(1)));
      assertThrows(IllegalStateException.class, () -> journal.found(refs.get(0)), "not an address");
    }
  }

  @Test
  void cutAnywhereItKeepsWhatWasWholeAndGoesOn() throws IOException {
    List<Long> refs = new ArrayList<>();
    try (CrawlJournal journal = open((ref, entry) -> {})) {
      entries().forEach(entry -> refs.add(journal.append(entry)));
    }
    Path file = folder.resolve("crawl.journal");
    byte[] whole = Files.readAllBytes(file);
    for (int length = whole.length - 1; length >= 0; length--) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      int end = length;
      long kept = refs.stream().skip(1).filter(ref -> ref <= end).count();
      try (CrawlJournal journal = open((ref, entry) -> {})) {
        journal.append(new JournalEntry.Confirmed(length));
      }
      List<JournalEntry> expected = new ArrayList<>(entries().subList(0, (int) kept));
      expected.add(new JournalEntry.Confirmed(length));
      assertEquals(expected, replayed(), "cut at " + length);
    }
  }

  @Test
  void largeJournalsAreReplayedInPieces() throws IOException {
    int count = 50_000;
    try (CrawlJournal journal = open((ref, entry) -> {})) {
      for (int i = 0; i < count; i++) {
        journal.append(
            new JournalEntry.Found(
                FoundUrl.seed(CanonicalUrl.parse("http://a.example/" + i).orElseThrow())));
      }
      assertTrue(journal.bytes() > 2 << 20);
    }
    List<JournalEntry> replayed = replayed();
    assertEquals(count, replayed.size());
    assertEquals(
        "http://a.example/49999",
        ((JournalEntry.Found) replayed.get(count - 1)).url().url().toString());
  }

  @Test
  void replacingIsAllOrNothing() throws IOException {
    try (CrawlJournal journal = open((ref, entry) -> {})) {
      entries().forEach(journal::append);
      assertThrows(
          IllegalStateException.class,
          () ->
              journal.replace(
                  fresh -> {
                    fresh.append(new JournalEntry.Confirmed(5));
                    throw new IllegalStateException("half-way");
                  }));
      journal.replace(fresh -> fresh.append(new JournalEntry.Confirmed(6)));
      journal.append(new JournalEntry.Confirmed(7));
    }
    assertEquals(List.of(new JournalEntry.Confirmed(6), new JournalEntry.Confirmed(7)), replayed());
  }

  @Test
  void oneOwnerAtATime() throws IOException {
    try (CrawlJournal journal = open((ref, entry) -> {})) {
      assertEquals(0, journal.bytes());
      assertThrows(CrawlJournal.FolderInUseException.class, () -> CrawlJournal.open(folder));
    }
    assertEquals(List.of(), replayed());
  }

  /** What the version before wrote: no hash, no number, and entries that nobody needs any more. */
  @Test
  void anEarlierVersionsJournalIsUnderstood() throws IOException {
    ByteArrayOutputStream done = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(done)) {
      out.writeByte(2);
      out.writeLong(12);
      out.writeUTF("DELIVERED");
      out.writeBoolean(false);
    }
    assertEquals(
        new JournalEntry.Done(12, 0, 0, Outcome.DELIVERED, null, 0, 0),
        JournalEntry.decode(done.toByteArray()));
    byte[] finished = new byte[9];
    finished[0] = 3;
    assertEquals(new JournalEntry.Outdated(), JournalEntry.decode(finished));
    IllegalArgumentException unknown =
        assertThrows(IllegalArgumentException.class, () -> JournalEntry.decode(new byte[] {99, 0}));
    assertTrue(unknown.getMessage().contains("99"));
  }
}

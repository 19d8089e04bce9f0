package dev.naru.connect.crawler.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.state.FoundUrl.Kind;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
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
        new JournalEntry.Round(3, 99),
        new JournalEntry.Found(FULL),
        new JournalEntry.Found(FoundUrl.seed(FULL.url())),
        new JournalEntry.Done(12, Outcome.DELIVERED, new Validators(null, null, 1)),
        new JournalEntry.Done(13, Outcome.TIMEOUT, null),
        new JournalEntry.Finished(1_000));
  }

  private List<JournalEntry> replayed() throws IOException {
    List<JournalEntry> replayed = new ArrayList<>();
    CrawlJournal.open(folder, (ref, entry) -> replayed.add(entry)).close();
    return replayed;
  }

  @Test
  void whatWasAppendedIsReplayedAndRead() throws IOException {
    try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> {})) {
      List<Long> refs = entries().stream().map(journal::append).toList();
      assertEquals(FULL, journal.read(refs.get(1)), "before it reached the file");
    }
    assertEquals(entries(), replayed());
    List<Long> refs = new ArrayList<>();
    try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> refs.add(ref))) {
      assertEquals(FULL, journal.read(refs.get(1)));
      assertThrows(IllegalStateException.class, () -> journal.read(refs.get(0)), "not an address");
    }
  }

  @Test
  void cutAnywhereItKeepsWhatWasWholeAndGoesOn() throws IOException {
    List<Long> refs = new ArrayList<>();
    try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> {})) {
      entries().forEach(entry -> refs.add(journal.append(entry)));
    }
    Path file = folder.resolve("crawl.journal");
    byte[] whole = Files.readAllBytes(file);
    for (int length = whole.length - 1; length >= 0; length--) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      int end = length;
      long kept = refs.stream().skip(1).filter(ref -> ref <= end).count();
      try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> {})) {
        journal.append(new JournalEntry.Finished(length));
      }
      List<JournalEntry> expected = new ArrayList<>(entries().subList(0, (int) kept));
      expected.add(new JournalEntry.Finished(length));
      assertEquals(expected, replayed(), "cut at " + length);
    }
  }

  @Test
  void largeJournalsAreReplayedInPieces() throws IOException {
    int count = 50_000;
    try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> {})) {
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
    try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> {})) {
      entries().forEach(journal::append);
      assertThrows(
          IllegalStateException.class,
          () ->
              journal.replace(
                  fresh -> {
                    fresh.append(new JournalEntry.Finished(5));
                    throw new IllegalStateException("half-way");
                  }));
      journal.replace(fresh -> fresh.append(new JournalEntry.Finished(6)));
      journal.append(new JournalEntry.Finished(7));
    }
    assertEquals(List.of(new JournalEntry.Finished(6), new JournalEntry.Finished(7)), replayed());
  }

  @Test
  void oneOwnerAtATime() throws IOException {
    try (CrawlJournal journal = CrawlJournal.open(folder, (ref, entry) -> {})) {
      assertEquals(0, journal.bytes());
      assertThrows(
          CrawlJournal.FolderInUseException.class,
          () -> CrawlJournal.open(folder, (ref, entry) -> {}));
    }
    assertEquals(List.of(), replayed());
  }
}

package dev.naru.connect.crawler;

import dev.naru.connect.crawler.state.CrawlJournal;
import dev.naru.connect.crawler.state.JournalEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What happens when a crawl goes on with another number of tasks than before: each of the new tasks
 * takes over what the old ones knew of the hosts that are its own now, and the last one to do so
 * deletes what they left. Interrupted, it begins again: what was taken over already is known.
 */
final class TaskChange {
  private static final Pattern TASK_FOLDER = Pattern.compile("[0-9]{1,6}-of-([0-9]{1,6})");
  private static final String MARK = "took-over-from-";

  private final CrawlerConfig config;
  private final Path crawl;

  TaskChange(CrawlerConfig config) {
    this.config = config;
    this.crawl = config.crawlFolder();
  }

  /**
   * Takes over what other numbers of tasks left.
   *
   * @throws IOException also when an old folder is in use: the old tasks have not stopped, or
   *     another new one is taking over; then it is worth trying again
   */
  void takeOver(CrawlMemory memory, Handover others) throws IOException {
    for (int before : countsBefore()) {
      Path mark = config.stateFolder().resolve(MARK + before);
      if (!Files.exists(mark)) {
        for (Path folder : folders(before)) {
          try (CrawlMemory old = CrawlMemory.open(config, folder, 0, new CrawlStats())) {
            old.handOn(memory, others::isMine);
          }
        }
        takeOverBoxes(boxes(before), memory, others);
        memory.force();
        Files.createFile(mark);
      }
      if (allTookOver(before)) {
        clear(before);
      }
    }
  }

  /** Numbers of tasks that have left something here and are not today's. */
  private Set<Integer> countsBefore() throws IOException {
    Set<Integer> counts = new TreeSet<>();
    if (Files.exists(CrawlJournal.file(crawl))) {
      counts.add(1);
    }
    for (Path inside : Folders.list(crawl)) {
      Matcher task = TASK_FOLDER.matcher(inside.getFileName().toString());
      if (task.matches() && Files.exists(CrawlJournal.file(inside))) {
        counts.add(Integer.parseInt(task.group(1)));
      }
    }
    counts.remove(config.taskCount());
    return counts;
  }

  private List<Path> folders(int count) throws IOException {
    if (count == 1) {
      return List.of(crawl);
    }
    List<Path> folders = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      Path folder = crawl.resolve(index + "-of-" + count);
      if (Files.exists(CrawlJournal.file(folder))) {
        folders.add(folder);
      }
    }
    return folders;
  }

  private Path boxes(int count) {
    return crawl.resolve("boxes-of-" + count);
  }

  private static void takeOverBoxes(Path boxes, CrawlMemory memory, Handover others)
      throws IOException {
    for (Path box : Folders.list(boxes)) {
      for (Handover.Batch batch : Handover.batches(box, Integer.MAX_VALUE)) {
        for (JournalEntry entry : batch.entries()) {
          if (entry instanceof JournalEntry.Root root) {
            memory.root(root.url());
          } else if (entry instanceof JournalEntry.Found found
              && others.isMine(found.url().url())) {
            memory.admitUnlessKnown(found.url());
          }
        }
      }
    }
  }

  private boolean allTookOver(int before) {
    int count = config.taskCount();
    for (int index = 0; index < count; index++) {
      Path folder = count == 1 ? crawl : crawl.resolve(index + "-of-" + count);
      if (!Files.exists(folder.resolve(MARK + before))) {
        return false;
      }
    }
    return true;
  }

  private void clear(int before) throws IOException {
    Folders.delete(boxes(before));
    if (before > 1) {
      for (int index = 0; index < before; index++) {
        Folders.delete(crawl.resolve(index + "-of-" + before));
      }
      return;
    }
    for (Path inside : Folders.list(crawl)) {
      String name = inside.getFileName().toString();
      if (name.startsWith(MARK)) {
        Files.deleteIfExists(inside);
      }
    }
    // The journal goes last: as long as it is there, somebody clears up again.
    Folders.delete(crawl.resolve("tables"));
    Files.deleteIfExists(CrawlJournal.file(crawl));
  }
}

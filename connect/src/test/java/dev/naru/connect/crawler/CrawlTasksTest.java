package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several tasks that share one crawl. */
@Tag("once")
class CrawlTasksTest extends OnSite {
  private static final int PAGES_PER_HOST = 40;
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

  /** Hosts whose pages lead to each other, so that each task finds what belongs to others. */
  private final List<Site> sites = new ArrayList<>();

  private void build() throws Exception {
    for (int host = 4; host < 9; host++) {
      sites.add(new Site("127.0.0." + host));
    }
    for (int host = 0; host < sites.size(); host++) {
      Site from = sites.get(host);
      Site next = sites.get((host + 1) % sites.size());
      from.redirect("/old", next.url("/moved"));
      from.page("/moved", html("moved " + host));
      for (int i = 0; i < PAGES_PER_HOST; i++) {
        from.page(
            "/" + i,
            html(
                "page " + i + " of host " + host,
                next.url("/" + i),
                "/" + (i + 1) % PAGES_PER_HOST,
                "/old"));
      }
    }
  }

  @Override
  @AfterEach
  void close() {
    super.close();
    sites.forEach(Site::close);
  }

  private CrawlRun task(int index, int count) {
    Map<String, String> options = new HashMap<>();
    options.put("crawl.scope", "any");
    options.put("crawl.depth.max", "100");
    options.put("crawl.task", index + "/" + count);
    return new CrawlRun(folder, sites.get(0).url("/0"), options);
  }

  private static Set<String> hosts(CrawlRun run) {
    Set<String> hosts = new TreeSet<>();
    run.pages.keySet().forEach(url -> hosts.add(url.replaceAll("http://([^:/]*).*", "$1")));
    return hosts;
  }

  private static void finish(List<CrawlRun> runs) throws Exception {
    pollUntil(runs, () -> runs.stream().allMatch(CrawlRun::isFinished));
  }

  @Test
  void eachHostBelongsToOneTaskAndNothingIsLostBetweenThem() throws Exception {
    build();
    Map<String, Integer> seen = new HashMap<>();
    try (CrawlRun one = task(0, 2);
        CrawlRun two = task(1, 2)) {
      finish(List.of(one, two));
      Set<String> both = hosts(one);
      both.retainAll(hosts(two));
      assertEquals(Set.of(), both, "no host has two tasks");
      assertTrue(
          !hosts(one).isEmpty() && !hosts(two).isEmpty(),
          () -> "both have something to do: " + hosts(one) + " and " + hosts(two));
      one.timesSeen.forEach((url, times) -> seen.merge(url, times, Integer::sum));
      two.timesSeen.forEach((url, times) -> seen.merge(url, times, Integer::sum));
    }
    assertEquals(sites.size() * (PAGES_PER_HOST + 1), seen.size(), "pages, and those moved to");
    assertEquals(Set.of(1), Set.copyOf(seen.values()), "each once");
  }

  @Test
  void whatOneTaskFindsWhileAnotherIsAwayWaitsForIt() throws Exception {
    build();
    int expected = sites.size() * (PAGES_PER_HOST + 1);
    Set<String> seen = new TreeSet<>();
    long deadlineNs = System.nanoTime() + PATIENCE_NS;
    for (int turn = 0; seen.size() < expected; turn++) {
      assertTrue(System.nanoTime() < deadlineNs, seen.size() + " pages in time");
      int index = turn % 2;
      try (CrawlRun alone = task(index, 2)) {
        alone.until(run -> boxIsEmpty(index) && isAtRest(run), true);
        seen.addAll(alone.pages.keySet());
      }
    }
    assertEquals(expected, seen.size());
  }

  private boolean boxIsEmpty(int index) {
    try {
      Path box = folder.resolve("test").resolve("boxes-of-2").resolve(Integer.toString(index));
      return Folders.list(box).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isAtRest(CrawlRun run) {
    return (long) run.attribute("Queued") == 0
        && (int) run.attribute("InFlight") == 0
        && (long) run.attribute("Outstanding") == 0;
  }

  @Test
  void aCrawlGoesOnWithAnotherNumberOfTasks() throws Exception {
    build();
    Map<String, Integer> seen = new HashMap<>();
    int round = 0;
    for (int count : new int[] {1, 2, 3, 1, 2}) {
      List<CrawlRun> runs = new ArrayList<>();
      try {
        for (int index = 0; index < count; index++) {
          runs.add(task(index, count));
        }
        int enough = 35 * ++round;
        if (round < 5) {
          pollUntil(runs, () -> seen.size() + pages(runs) >= enough);
        } else {
          finish(runs);
        }
      } finally {
        runs.forEach(CrawlRun::close);
      }
      runs.forEach(
          run -> run.timesSeen.forEach((url, times) -> seen.merge(url, times, Integer::sum)));
    }
    assertEquals(sites.size() * (PAGES_PER_HOST + 1), seen.size());
    assertEquals(Set.of(1), Set.copyOf(seen.values()), "what was taken over is not fetched again");
    try (Stream<Path> left = Files.list(folder.resolve("test"))) {
      assertEquals(
          Set.of("0-of-2", "1-of-2", "boxes-of-2", "lock"),
          left.map(path -> path.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  private static int pages(List<CrawlRun> runs) {
    return runs.stream().mapToInt(run -> run.pages.size()).sum();
  }

  private static void pollUntil(List<CrawlRun> runs, BooleanSupplier condition) throws Exception {
    long deadlineNs = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadlineNs, "not in time");
      for (CrawlRun run : runs) {
        run.poll(true);
      }
    }
  }
}

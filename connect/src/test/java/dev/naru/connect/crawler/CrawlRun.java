package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.management.ObjectName;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** A crawl under test: plays Connect's part towards the task. */
final class CrawlRun implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CrawlerSourceTask crawl = new CrawlerSourceTask();
  private final String task;
  final Map<String, Struct> pages = new LinkedHashMap<>();
  final Map<String, Integer> timesSeen = new HashMap<>();

  CrawlRun(Path folder, String seeds, Map<String, String> more) {
    Map<String, String> props = new HashMap<>();
    props.put("name", "test");
    props.put("topic", "pages");
    props.put("crawl.urls", seeds);
    props.put("crawl.state.dir", folder.toString());
    props.put("crawl.private.addresses.allow", "true");
    props.put("crawl.retry.backoff.ms", "20");
    props.put("crawl.read.timeout.ms", "2000");
    props.put("crawl.page.timeout.ms", "2000");
    props.putAll(more);
    String share = props.get(CrawlerConfig.TASK);
    task = share == null ? "" : ",task=" + share.replace("/", "-of-");
    crawl.start(props);
  }

  /** Polls and commits until the crawl says that it is finished. */
  CrawlRun finish() throws Exception {
    return until(CrawlRun::isFinished, true);
  }

  CrawlRun until(Predicate<CrawlRun> condition, boolean commit) throws Exception {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.test(this)) {
      assertTrue(
          System.nanoTime() < deadlineNs,
          () ->
              "not within "
                  + PATIENCE
                  + ": "
                  + attribute("SkippedByReason")
                  + attribute("FailedByReason"));
      poll(commit);
    }
    return this;
  }

  /** Takes what there is; waits a moment when there is nothing. */
  void poll(boolean commit) throws Exception {
    List<SourceRecord> polled = crawl.poll();
    for (SourceRecord record : polled == null ? List.<SourceRecord>of() : polled) {
      pages.put((String) record.key(), (Struct) record.value());
      timesSeen.merge((String) record.key(), 1, Integer::sum);
      if (commit) {
        crawl.commitRecord(record, null);
      }
    }
  }

  /** Connect says that what it said of records is committed. */
  void commit() {
    crawl.commit();
  }

  boolean isFinished() {
    return (boolean) attribute("Finished");
  }

  Object attribute(String name) {
    try {
      return ManagementFactory.getPlatformMBeanServer()
          .getAttribute(
              new ObjectName("dev.naru.connect:type=crawler,connector=test" + task), name);
    } catch (javax.management.JMException e) {
      throw new IllegalStateException(e);
    }
  }

  String skipped() {
    return (String) attribute("SkippedByReason");
  }

  String failed() {
    return (String) attribute("FailedByReason");
  }

  @Override
  public void close() {
    crawl.stop();
  }
}

package dev.naru.connect.crawler;

import dev.naru.connect.common.PluginVersion;
import dev.naru.connect.crawler.state.CrawlJournal;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a crawl's pages to Connect. The crawl's own folder is the authority on where the crawl is:
 * a page is done with when Connect has said that the topic has its record, and fetched again
 * otherwise. The offset that Connect keeps is the number of the last record that the topic has;
 * where Connect writes it in the transaction of the records themselves (KIP-618), a task that was
 * killed knows exactly which of them it has to make again.
 */
public final class CrawlerSourceTask extends SourceTask {
  private static final Logger LOG = LoggerFactory.getLogger(CrawlerSourceTask.class);
  private static final String PARTITION = "crawl";
  private static final String NUMBER = "record";
  private static final String TASK = "task";
  private static final int POLL_RECORDS_MAX = 250;
  private static final long POLL_WAIT_MS = 500;
  private static final long FOLDER_WAIT_MS = 15_000;

  private CrawlerConfig config;
  private Map<String, String> partition;
  private volatile Crawl crawl;
  private CrawlerStatus status;

  @Override
  public void start(Map<String, String> props) {
    config = new CrawlerConfig(props);
    partition = partition(config);
    long committed = committedNumber();
    crawl = open(committed);
    status = CrawlerStatus.register(config.name(), config.taskName(), crawl::snapshot);
    if (committed > 0 && crawl.snapshot().delivered() == 0) {
      LOG.warn(
          "Connect remembers {} records of crawl {}, but {} holds no state of it; it begins from the start.",
          committed,
          config.name(),
          config.stateFolder());
    }
    crawl.start();
  }

  /**
   * Connect looks an offset up by its partition as JSON, byte for byte, so that the names must come
   * in the same order in each process. Those of {@code Map.of} do not.
   */
  static Map<String, String> partition(CrawlerConfig config) {
    Map<String, String> partition = new TreeMap<>();
    partition.put(PARTITION, config.name());
    if (!config.taskName().isEmpty()) {
      partition.put(TASK, config.taskName());
    }
    return partition;
  }

  /** Up to which record Connect says that the topic has them; 0 when it knows of none. */
  private long committedNumber() {
    Map<String, Object> offset =
        context == null ? null : context.offsetStorageReader().offset(partition);
    return offset != null && offset.get(NUMBER) instanceof Number number ? number.longValue() : 0;
  }

  /**
   * A task that is being stopped elsewhere in this process may need a moment to leave the folder.
   */
  private Crawl open(long committedNumber) {
    long untilMs = Crawl.nowMs() + FOLDER_WAIT_MS;
    while (true) {
      try {
        return new Crawl(config, committedNumber);
      } catch (CrawlJournal.FolderInUseException e) {
        if (Crawl.nowMs() > untilMs) {
          throw new ConnectException(e.getMessage(), e);
        }
        pause();
      } catch (IOException e) {
        throw new ConnectException(
            "The crawl cannot use " + config.stateFolder() + ": " + e.getMessage(), e);
      } catch (IllegalArgumentException e) {
        throw new ConnectException(
            "The crawl state in "
                + config.stateFolder()
                + " cannot be read ("
                + e.getMessage()
                + "); it is damaged or of a newer version; delete the folder to crawl from the start.",
            e);
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("The crawl was stopped before it began.", e);
    }
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    Crawl running = crawl;
    if (running == null) {
      return null;
    }
    try {
      running.throwIfFailed();
    } catch (IOException e) {
      throw new ConnectException(e.getMessage(), e);
    }
    List<Delivery> deliveries = running.poll(POLL_RECORDS_MAX, POLL_WAIT_MS);
    return deliveries.isEmpty() ? null : deliveries.stream().map(this::record).toList();
  }

  private SourceRecord record(Delivery delivery) {
    return new SourceRecord(
        partition,
        Map.of(NUMBER, delivery.number()),
        config.topic(),
        PageRecords.KEY,
        delivery.url().toString(),
        delivery.value() == null ? null : delivery.value().schema(),
        delivery.value());
  }

  @Override
  public void commitRecord(SourceRecord record, RecordMetadata metadata) {
    Crawl running = crawl;
    if (running != null && record.sourceOffset().get(NUMBER) instanceof Long number) {
      running.committed(number);
    }
  }

  /**
   * Connect has committed what it said of records. The journal must not depend on the offset alone:
   * Kafka's producer may commit a transaction without the offset that was appended to it last.
   */
  @Override
  public void commit() {
    Crawl running = crawl;
    if (running != null) {
      running.flush();
    }
  }

  @Override
  public void stop() {
    Crawl running = crawl;
    crawl = null;
    if (status != null) {
      status.close();
    }
    if (running == null) {
      return;
    }
    try {
      running.close();
    } catch (IOException e) {
      throw new ConnectException(
          "The crawl state in " + config.stateFolder() + " could not be closed.", e);
    }
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}

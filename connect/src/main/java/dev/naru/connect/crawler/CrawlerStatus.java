package dev.naru.connect.crawler;

import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows a crawl's numbers through JMX while it is registered. */
final class CrawlerStatus implements CrawlerStatusMBean, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CrawlerStatus.class);
  private static final long FRESH_MS = 50;

  private final Supplier<CrawlSnapshot> source;
  private final ObjectName name;
  private CrawlSnapshot last;
  private long lastMs;

  private CrawlerStatus(Supplier<CrawlSnapshot> source, ObjectName name) {
    this.source = source;
    this.name = name;
  }

  /**
   * Shows the numbers.
   *
   * @param task which task it is where there are several; empty where there is one
   */
  static CrawlerStatus register(String connector, String task, Supplier<CrawlSnapshot> source) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      String plain = connector.matches("[\\w .%-]+") ? connector : ObjectName.quote(connector);
      ObjectName name =
          new ObjectName(
              "dev.naru.connect:type=crawler,connector="
                  + plain
                  + (task.isEmpty() ? "" : ",task=" + task));
      if (server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
      CrawlerStatus status = new CrawlerStatus(source, name);
      server.registerMBean(status, name);
      return status;
    } catch (JMException e) {
      LOG.warn("The numbers of crawl {} are not shown through JMX.", connector, e);
      return new CrawlerStatus(source, null);
    }
  }

  @Override
  public void close() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      if (name != null && server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
    } catch (JMException e) {
      LOG.warn("{} could not be taken out of JMX.", name, e);
    }
  }

  /** Attributes are read one by one; those of one reading should agree. */
  private synchronized CrawlSnapshot now() {
    long nowMs = Crawl.nowMs();
    if (last == null || nowMs - lastMs > FRESH_MS) {
      last = source.get();
      lastMs = nowMs;
    }
    return last;
  }

  @Override
  public long getFetched() {
    return now().fetched();
  }

  @Override
  public long getDelivered() {
    return now().delivered();
  }

  @Override
  public long getOutstanding() {
    return now().outstanding();
  }

  @Override
  public long getQueued() {
    return now().queued();
  }

  @Override
  public int getInFlight() {
    return now().inFlight();
  }

  @Override
  public int getHosts() {
    return now().hosts();
  }

  @Override
  public long getSkipped() {
    return now().skipped();
  }

  @Override
  public String getSkippedByReason() {
    return now().skippedReasons();
  }

  @Override
  public long getFailed() {
    return now().failed();
  }

  @Override
  public String getFailedByReason() {
    return now().failedReasons();
  }

  @Override
  public long getAbandoned() {
    return now().abandoned();
  }

  @Override
  public long getUnchanged() {
    return now().unchanged();
  }

  @Override
  public long getRedirected() {
    return now().redirected();
  }

  @Override
  public long getBytes() {
    return now().bytes();
  }

  @Override
  public double getPagesPerSecond() {
    return now().perSecond();
  }

  @Override
  public long getChanged() {
    return now().changed();
  }

  @Override
  public long getGone() {
    return now().gone();
  }

  @Override
  public long getKnown() {
    return now().size().urls();
  }

  @Override
  public long getJournalBytes() {
    return now().size().journalBytes();
  }

  @Override
  public long getTableBytes() {
    return now().size().tableBytes();
  }

  @Override
  public boolean isFinished() {
    return now().finished();
  }

  @Override
  public String getFailure() {
    return now().failure();
  }
}

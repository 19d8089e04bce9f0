package dev.naru.connect.jdbc;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what a task does and shows it through JMX. Written by the task's thread, read by any. */
final class SinkStatus implements SinkStatusMBean, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SinkStatus.class);

  private final ObjectName name;
  private long records;
  private long rows;
  private long deletes;
  private long leftOut;
  private long badRecords;
  private long commits;
  private long retries;
  private String trouble = "";

  SinkStatus(String connector, String task) {
    this.name = register(connector, task);
  }

  private ObjectName register(String connector, String task) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      String plain = connector.matches("[\\w .%-]+") ? connector : ObjectName.quote(connector);
      ObjectName wanted =
          new ObjectName("dev.naru.connect:type=jdbc-sink,connector=" + plain + ",task=" + task);
      if (server.isRegistered(wanted)) {
        server.unregisterMBean(wanted);
      }
      server.registerMBean(this, wanted);
      return wanted;
    } catch (JMException e) {
      LOG.warn("The numbers of sink {} are not shown through JMX.", connector, e);
      return null;
    }
  }

  synchronized void committed(long newRecords, BatchWriter.Result result) {
    records += newRecords;
    rows += result.written();
    deletes += result.deleted();
    commits++;
    trouble = "";
  }

  synchronized void leftOut() {
    leftOut++;
  }

  synchronized void badRecord() {
    badRecords++;
  }

  synchronized void retrying(String why) {
    retries++;
    trouble = why;
  }

  synchronized void failed(String why) {
    trouble = why;
  }

  @Override
  public synchronized long getRecords() {
    return records;
  }

  @Override
  public synchronized long getRows() {
    return rows;
  }

  @Override
  public synchronized long getDeletes() {
    return deletes;
  }

  @Override
  public synchronized long getLeftOut() {
    return leftOut;
  }

  @Override
  public synchronized long getBadRecords() {
    return badRecords;
  }

  @Override
  public synchronized long getCommits() {
    return commits;
  }

  @Override
  public synchronized long getRetries() {
    return retries;
  }

  @Override
  public synchronized String getTrouble() {
    return trouble;
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
}

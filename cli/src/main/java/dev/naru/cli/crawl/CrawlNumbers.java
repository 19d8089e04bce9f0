package dev.naru.cli.crawl;

import dev.naru.cli.CliException;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.management.Attribute;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * A crawl's numbers at one moment, as the connector shows them through JMX: the one way over the
 * border of its class loader that needs no class of it.
 *
 * @param delivered pages that the topic has, earlier runs included
 * @param queued addresses that wait
 * @param perSecond pages fetched a second, lately
 * @param skipped addresses left out
 * @param skippedReasons why, as "reason count, …"
 * @param failed addresses that failed for good
 * @param failedReasons why, as "reason count, …"
 * @param abandoned addresses of hosts that were given up
 * @param finished whether nothing waits and the topic has everything
 * @param failure why the crawl cannot go on, or empty
 */
public record CrawlNumbers(
    long delivered,
    long queued,
    double perSecond,
    long skipped,
    String skippedReasons,
    long failed,
    String failedReasons,
    long abandoned,
    boolean finished,
    String failure) {
  private static final String[] ATTRIBUTES = {
    "Delivered",
    "Queued",
    "PagesPerSecond",
    "Skipped",
    "SkippedByReason",
    "Failed",
    "FailedByReason",
    "Abandoned",
    "Finished",
    "Failure",
  };

  /** The numbers of a connector in this process; empty while its task does not run. */
  public static Optional<CrawlNumbers> of(String connector) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    Map<String, Object> values = new HashMap<>();
    try {
      ObjectName name = new ObjectName("dev.naru.connect:type=crawler,connector=" + connector);
      for (Attribute attribute : server.getAttributes(name, ATTRIBUTES).asList()) {
        values.put(attribute.getName(), attribute.getValue());
      }
    } catch (InstanceNotFoundException e) {
      return Optional.empty();
    } catch (JMException e) {
      throw CliException.failure("cannot read the crawl's numbers: " + e.getMessage(), e);
    }
    if (values.size() < ATTRIBUTES.length) {
      return Optional.empty(); // It went away between two attributes.
    }
    return Optional.of(
        new CrawlNumbers(
            (Long) values.get("Delivered"),
            (Long) values.get("Queued"),
            (Double) values.get("PagesPerSecond"),
            (Long) values.get("Skipped"),
            (String) values.get("SkippedByReason"),
            (Long) values.get("Failed"),
            (String) values.get("FailedByReason"),
            (Long) values.get("Abandoned"),
            (Boolean) values.get("Finished"),
            (String) values.get("Failure")));
  }

  /** What was left out and why, for the end; empty when nothing was. */
  public String leftOut() {
    StringBuilder text = new StringBuilder();
    if (failed > 0) {
      text.append(failed).append(" failed (").append(failedReasons).append(")");
    }
    if (abandoned > 0) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(abandoned)
          .append(" on hosts that do not answer");
    }
    if (skipped > 0) {
      text.append(text.isEmpty() ? "" : ", ");
      text.append(skipped).append(" left out (").append(skippedReasons).append(")");
    }
    return text.toString();
  }
}

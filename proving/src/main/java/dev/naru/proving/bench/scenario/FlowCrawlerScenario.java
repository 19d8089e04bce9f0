package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.Window;
import dev.naru.proving.flows.ConnectRest;
import dev.naru.proving.flows.PageSite;
import dev.naru.proving.flows.Pages;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The crawler in a node, on hosts of loopback that this process serves: pages that were fetched,
 * parsed and acknowledged by the topic, counted by its end. Politeness is off there by the
 * crawler's own defaults; one task, as those say, too. The hosts share the machine's cores with the
 * node.
 */
final class FlowCrawlerScenario implements Scenario {
  private static final String CONNECTOR = "pages";

  /** A few less than each host has: the last ones come one by one. */
  private static final int PAGES_PER_HOST = 650;

  private static final int FIRST_ADDRESS = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long LOOK_MS = 20;
  private static final long SETTLE_MS = 1_000;

  @Override
  public String name() {
    return "flows/crawler";
  }

  @Override
  public String title() {
    return "pages of 24 KB from 32 hosts on loopback, parsed, into a topic; politeness off";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    List<PageSite> sites = new ArrayList<>();
    try {
      Pages pages = Pages.ofJar(Places.demoSite());
      for (int i = 0; i < FlowScale.of(trial.scale()).hosts(); i++) {
        sites.add(new PageSite("127.0.0." + (FIRST_ADDRESS + i), pages));
      }
      return crawl(trial, node, sites);
    } finally {
      for (PageSite site : sites) {
        site.close();
      }
    }
  }

  private static Figures crawl(Trial trial, BenchNode node, List<PageSite> sites)
      throws IOException {
    Topic topic = node.createTopic(1);
    ConnectRest rest = FlowConnectors.rest(node);
    rest.create(
        CONNECTOR,
        Map.of(
            "connector.class", "dev.naru.connect.crawler.CrawlerSourceConnector",
            "crawl.urls", sites.stream().map(PageSite::url).collect(Collectors.joining(",")),
            "crawl.private.addresses.allow", "true",
            "crawl.state.dir", trial.directory().resolve("crawl").toString(),
            "topic", topic.name()));
    Figures figures = measure(trial, node, topic, (long) sites.size() * PAGES_PER_HOST, rest);
    rest.delete(CONNECTOR);
    long crawled = settled(node, topic);
    node.verification().check(topic, crawled);
    checkPages(node, topic, crawled, sites);
    return figures;
  }

  /**
   * @param most when so many pages are there, no more is measured
   */
  private static Figures measure(
      Trial trial, BenchNode node, Topic topic, long most, ConnectRest rest) {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (pages(node, topic) == 0) {
      if (System.nanoTime() > deadlineNs) {
        throw new NodeError("no page came: " + rest.status(CONNECTOR));
      }
      rest.running(CONNECTOR);
      BenchNode.pause(LOOK_MS);
    }
    BenchNode.pause(trial.scale().warmUp().toMillis());
    Window window = Window.open(node.meter());
    long endNs = System.nanoTime() + trial.scale().measured().toNanos();
    long before = pages(node, topic);
    long crawled = before;
    while (System.nanoTime() < endNs && crawled < most) {
      BenchNode.pause(LOOK_MS);
      crawled = pages(node, topic);
    }
    Window.Span span = window.close();
    if (before >= most) {
      throw new NodeError("all " + before + " pages were there before anything was measured");
    }
    long count = crawled - before;
    return new Figures()
        .put(Measure.PAGES, count / span.seconds())
        .put(Measure.CPU_PER_THOUSAND, span.cpuSeconds() * 1e3 / count)
        .put(Measure.ANONYMOUS, node.meter().anonymousMb())
        .resident(node.meter());
  }

  /** How many pages there are once those that were on their way have come. */
  private static long settled(BenchNode node, Topic topic) {
    long before = pages(node, topic);
    BenchNode.pause(SETTLE_MS);
    long now = pages(node, topic);
    while (now != before) {
      BenchNode.pause(SETTLE_MS);
      before = now;
      now = pages(node, topic);
    }
    return now;
  }

  private static long pages(BenchNode node, Topic topic) {
    return node.verification().ends(topic).get(0);
  }

  /** Each record is another page, with what was read in it. */
  private static void checkPages(BenchNode node, Topic topic, long count, List<PageSite> sites) {
    Set<String> keys = new HashSet<>();
    TopicPartition partition = new TopicPartition(topic.name(), 0);
    try (KafkaConsumer<String, String> consumer = FlowConnectors.consumer(node)) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
      while (consumer.position(partition) < count && System.nanoTime() < deadlineNs) {
        for (ConsumerRecord<String, String> page : consumer.poll(Duration.ofSeconds(1))) {
          if (page.value() == null || !page.value().contains("\"status\":200")) {
            throw new NodeError("the record of " + page.key() + " is no page: " + page.value());
          }
          keys.add(page.key());
        }
      }
    }
    int served = sites.stream().mapToInt(PageSite::served).sum();
    if (keys.size() != count || served < count) {
      throw new NodeError(
          "%d records are %d different pages of %d that were handed out"
              .formatted(count, keys.size(), served));
    }
  }
}

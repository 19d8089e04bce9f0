package dev.naru.proving.cluster;

import dev.naru.proving.SharedNode;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.NodeSite;
import dev.naru.proving.node.TestCluster;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * One cluster for all tests of a class, for a static field with {@code @RegisterExtension}: starts
 * it before the first test, heals it before each, shows what the nodes said when one fails, and
 * ends everything. Only Naru makes clusters, so with Apache Kafka under test the class is skipped.
 */
public final class OnCluster
    implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback, TestWatcher {
  /** Partitions of {@link #probe()}. */
  public static final int PARTITIONS = 6;

  private static final int SHOWN_CHARS = 6_000;

  private final int size;
  private final Map<String, String> settings = new HashMap<>();
  private IntFunction<NodeSite> sites = id -> NodeSite.LOOPBACK;
  private TestCluster cluster;
  private ClusterView view;
  private String probe;

  private OnCluster(int size) {
    this.size = size;
    settings.put("group.initial.rebalance.delay.ms", "0");
  }

  /** A cluster of so many nodes. */
  public static OnCluster of(int size) {
    return new OnCluster(size);
  }

  /** With one more broker setting, by its Kafka name, on all nodes. */
  public OnCluster with(String name, String value) {
    settings.put(name, value);
    return this;
  }

  /**
   * With nodes that do not simply run on loopback.
   *
   * @param chosen the place of the node with this id; asked once, before the cluster starts
   */
  public OnCluster at(IntFunction<NodeSite> chosen) {
    sites = chosen;
    return this;
  }

  public TestCluster cluster() {
    return cluster;
  }

  public ClusterView view() {
    return view;
  }

  /** A topic with a few partitions on every node: its leaders show that the cluster is healed. */
  public String probe() {
    return probe;
  }

  /** Starts what does not run, and waits until every node owns its share again. */
  public void heal() {
    cluster.start();
    view.awaitHealed(probe);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    String name = context.getRequiredTestClass().getSimpleName().toLowerCase(Locale.ROOT);
    cluster = new TestCluster(SharedNode.newDirectory(name), size, settings, sites);
    try {
      cluster.start();
      view = new ClusterView(cluster);
      probe = view.createTopic("probe", PARTITIONS);
    } catch (RuntimeException | AssertionError e) {
      showLogs(context);
      throw e;
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    heal();
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    showLogs(context);
  }

  private void showLogs(ExtensionContext context) {
    for (ClusterNode node : cluster.nodes()) {
      System.out.printf(
          "%s failed; the end of %s (the node %s):%n%s%n",
          context.getDisplayName(),
          node.logFile(),
          node.isAlive() ? "runs" : "does not run",
          tail(node));
    }
  }

  private static String tail(ClusterNode node) {
    try {
      byte[] all = Files.readAllBytes(node.logFile());
      int from = Math.max(0, all.length - SHOWN_CHARS);
      return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "it cannot be read: " + e;
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (view != null) {
      view.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }
}

package dev.naru.proving.bench.node;

import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Verification;
import dev.naru.proving.node.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;

/** A node that is driven, with what scenarios ask of it again and again. */
public final class BenchNode implements AutoCloseable {
  private static final Duration LEADERS_PATIENCE = Duration.ofMinutes(2);
  private static final long ASK_AGAIN_MS = 20;

  private final TestNode node;
  private Admin admin;
  private int topics;

  private BenchNode(TestNode node) {
    this.node = node;
  }

  /**
   * A node that is not started yet, on an empty directory. Naru starts as {@code ./naru start}
   * does, through the launcher; both on the JVM that this process runs on.
   *
   * @param settings added to the defaults
   * @param environment variables for the launcher
   */
  public static BenchNode create(
      Contender contender,
      Path directory,
      Map<String, String> settings,
      Map<String, String> environment) {
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("JAVA_HOME", System.getProperty("java.home"));
    return new BenchNode(TestNode.create(contender.kind(), directory, settings, variables));
  }

  public TestNode process() {
    return node;
  }

  public int port() {
    return node.port();
  }

  public String bootstrap() {
    return node.bootstrap();
  }

  public ProcessMeter meter() {
    return new ProcessMeter(node.process().pid());
  }

  public Admin admin() {
    if (admin == null) {
      admin =
          Admin.create(
              Map.of(
                  "bootstrap.servers", bootstrap(),
                  "enable.metrics.push", "false",
                  "request.timeout.ms", "120000",
                  "default.api.timeout.ms", "300000"));
    }
    return admin;
  }

  public Verification verification() {
    return new Verification(admin(), port());
  }

  /** Makes a topic with a name of its own and waits until all its leaders answer. */
  public Topic createTopic(int partitions) {
    String name = "bench-" + topics++;
    NewTopic wanted = new NewTopic(name, partitions, (short) 1);
    var made = admin().createTopics(List.of(wanted));
    await(made.all());
    Topic topic = new Topic(name, await(made.topicId(name)), partitions);
    awaitLeaders(topic);
    return topic;
  }

  public void deleteTopic(Topic topic) {
    await(admin().deleteTopics(List.of(topic.name())).all());
  }

  /** Apache Kafka acknowledges a topic before its leaders serve. */
  public void awaitLeaders(Topic topic) {
    long deadlineNs = System.nanoTime() + LEADERS_PATIENCE.toNanos();
    while (true) {
      try {
        if (verification().ends(topic).size() == topic.partitions()) {
          return;
        }
      } catch (NodeError e) {
        if (System.nanoTime() > deadlineNs) {
          throw e;
        }
      }
      pause(ASK_AGAIN_MS);
    }
  }

  /** Waits for an answer of the admin client. */
  public static <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new NodeError("the node refuses: " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  /** Lets time pass that belongs to the measurement. */
  public static void pause(long ms) {
    try {
      TimeUnit.MILLISECONDS.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  /** Ends the process as an operator would. */
  public void stop() {
    closeAdmin();
    node.stop();
  }

  private void closeAdmin() {
    if (admin != null) {
      admin.close(Duration.ZERO);
      admin = null;
    }
  }

  @Override
  public void close() {
    closeAdmin();
    node.close();
  }
}

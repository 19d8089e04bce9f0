package dev.naru.proving.bench.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The members of one consumer group, each a consumer of kafka-clients in a thread of its own. */
public final class GroupLoad implements AutoCloseable {
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration STABLE_WITHIN = Duration.ofMinutes(5);
  private static final long ASK_AGAIN_MS = 20;
  private static final long STOP_PATIENCE_MS = 60_000;

  private final String group;
  private final int partitions;
  private final List<Consumer<byte[], byte[]>> consumers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;

  /**
   * Makes the members; none of them joins yet.
   *
   * @param protocol {@code classic} or {@code consumer}
   */
  public GroupLoad(String bootstrap, Topic topic, int members, String protocol) {
    this.group = topic.name() + "-group";
    this.partitions = topic.partitions();
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("group.id", group);
    config.put("group.protocol", protocol);
    config.put("enable.metrics.push", "false");
    config.put("enable.auto.commit", "false");
    for (int i = 0; i < members; i++) {
      Consumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      consumers.add(consumer);
      Thread thread = new Thread(() -> consume(consumer, topic), "member-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /** All members set out to join. */
  public void join() {
    threads.forEach(Thread::start);
  }

  private void consume(Consumer<byte[], byte[]> consumer, Topic topic) {
    consumer.subscribe(List.of(topic.name()));
    try {
      while (!stopping) {
        consumer.poll(POLL);
      }
    } catch (WakeupException e) {
      if (!stopping) {
        throw e;
      }
    }
  }

  /** Waits until the group is stable, with every member in it and every partition assigned once. */
  public void awaitStable(Admin admin) {
    long deadlineNs = System.nanoTime() + STABLE_WITHIN.toNanos();
    while (!isStable(admin)) {
      if (System.nanoTime() > deadlineNs) {
        throw new NodeError("the group is not stable after " + STABLE_WITHIN.toMinutes() + " min");
      }
      try {
        TimeUnit.MILLISECONDS.sleep(ASK_AGAIN_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new NodeError("interrupted", e);
      }
    }
  }

  private boolean isStable(Admin admin) {
    try {
      ConsumerGroupDescription found =
          admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get();
      return found.groupState() == GroupState.STABLE
          && found.members().size() == consumers.size()
          && isAssignedOnce(found);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException
          || e.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw new NodeError("the group cannot be described: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }

  private boolean isAssignedOnce(ConsumerGroupDescription found) {
    Set<TopicPartition> assigned = new HashSet<>();
    for (MemberDescription member : found.members()) {
      if (!assigned.addAll(member.assignment().topicPartitions())
          && !member.assignment().topicPartitions().isEmpty()) {
        return false;
      }
    }
    return assigned.size() == partitions;
  }

  @Override
  public void close() {
    stopping = true;
    consumers.forEach(Consumer::wakeup);
    for (Thread thread : threads) {
      try {
        thread.join(STOP_PATIENCE_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    // The node is thrown away next; nobody waits for goodbyes.
    for (Consumer<byte[], byte[]> consumer : consumers) {
      consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ZERO));
    }
  }
}

package dev.naru.proving.cluster;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.naru.proving.Clients;
import dev.naru.proving.node.ClusterNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The controller is killed at work. {@code -Dcluster.faults=20} repeats that so often. */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ClusterFaultsIT {
  private static final int NODES = 3;
  private static final int PARTITIONS = OnCluster.PARTITIONS;
  private static final int TOPICS = 20;

  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(NODES);

  private final ClusterView view = CLUSTER.view();

  private final int times = Integer.getInteger("cluster.faults", 1);

  @Test
  void topicsThatWereAcknowledgedOutliveTheControllerThatMadeThem() {
    for (int i = 0; i < times; i++) {
      String prefix = Clients.unique("made-" + i);
      ClusterNode controller = view.controller();
      Map<String, KafkaFuture<Void>> made = new TreeMap<>();
      for (int t = 0; t < TOPICS; t++) {
        String name = prefix + "-" + t;
        made.put(name, create(name));
        if (t == TOPICS / 2) {
          get(made.get(prefix + "-0"));
          controller.kill();
        }
      }
      made.forEach((name, future) -> awaitMade(name, future));
      int partitions =
          get(view.admin().describeTopics(made.keySet()).allTopicNames()).values().stream()
              .mapToInt(topic -> topic.partitions().size())
              .sum();
      assertEquals(TOPICS * PARTITIONS, partitions);
      assertNotEquals(controller.id(), view.controller().id());
      CLUSTER.heal();
      Set<String> names = get(view.admin().listTopics().names());
      made.keySet().forEach(name -> assertEquals(true, names.contains(name), name));
    }
  }

  private KafkaFuture<Void> create(String name) {
    return view.admin().createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1))).all();
  }

  /** A client that was told nothing asks again, and may then hear that it had been done. */
  private void awaitMade(String name, KafkaFuture<Void> first) {
    Clients.await(
        "topic " + name,
        ClusterView.HEAL_DEADLINE,
        new Clients.Condition() {
          private KafkaFuture<Void> future = first;

          @Override
          public boolean holds() {
            if (!future.isDone()) {
              return false;
            }
            if (!future.isCompletedExceptionally()
                || Clients.errorOf(future) instanceof TopicExistsException) {
              return true;
            }
            System.out.println("topic " + name + ": " + Clients.errorOf(future));
            future = create(name);
            return false;
          }
        });
  }
}

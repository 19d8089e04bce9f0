package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import dev.naru.cli.client.Cluster;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The topics of both sides: what there is to bring, and a place for it. */
final class Topics {
  private final Side source;
  private final Side target;

  Topics(Side source, Side target) {
    this.source = source;
    this.target = target;
  }

  /**
   * What to bring, by name.
   *
   * @param wanted names, or nothing for all that are not internal
   */
  List<TopicPlan> plan(Collection<String> wanted) {
    Set<String> names = new TreeSet<>(wanted);
    if (names.isEmpty()) {
      names.addAll(Cluster.await("topics of the source", source.admin().listTopics().names()));
    }
    List<TopicPlan> plans = new ArrayList<>();
    var described = source.admin().describeTopics(names).topicNameValues();
    var configs = source.admin().describeConfigs(names.stream().map(Topics::resource).toList());
    for (String name : names) {
      String subject = "topic " + name + " of the source";
      TopicDescription topic = Cluster.await(subject, described.get(name));
      if (topic.isInternal()) {
        throw CliException.mistake(
            "topic " + name + " is one of Kafka's own; offsets of groups are brought without it");
      }
      Config config = Cluster.await(subject, configs.values().get(resource(name)));
      plans.add(new TopicPlan(name, topic.partitions().size(), ownConfigs(config)));
    }
    return plans;
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  /** Throttles name the brokers of the source and mean nothing anywhere else. */
  private static Map<String, String> ownConfigs(Config config) {
    Map<String, String> own = new TreeMap<>();
    for (ConfigEntry entry : config.entries()) {
      if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG
          && entry.value() != null
          && !entry.name().endsWith(".throttled.replicas")) {
        own.put(entry.name(), entry.value());
      }
    }
    return own;
  }

  /**
   * Makes sure that each topic is there with as many partitions, and has nothing in it that no
   * import brought.
   *
   * @param progress where an import was before
   * @return where each partition goes on
   */
  Map<TopicPartition, Position> prepare(
      List<TopicPlan> plans, Map<TopicPartition, Position> progress) {
    Set<String> there = Cluster.await("topics", target.admin().listTopics().names());
    for (TopicPlan plan : plans) {
      if (!there.contains(plan.name())) {
        requireNew(plan, progress);
        create(plan);
      }
    }
    List<TopicPlan> before = plans.stream().filter(plan -> there.contains(plan.name())).toList();
    requirePartitions(before);
    stamp(before, TopicPlan.CREATE_TIME);
    Collection<TopicPartition> partitions =
        plans.stream().flatMap(plan -> plan.topicPartitions().stream()).toList();
    Map<TopicPartition, Long> starts = source.starts(partitions);
    Map<TopicPartition, Long> ends = target.ends(partitions);
    Map<TopicPartition, Position> positions = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Position known = progress.get(partition);
      if (known == null && ends.get(partition) > 0) {
        throw CliException.failure(
            "topic "
                + partition.topic()
                + " has records that no import brought; delete it there, or name the others with"
                + " --topic");
      }
      positions.put(partition, known != null ? known : new Position(starts.get(partition), 0));
    }
    return positions;
  }

  private static void requireNew(TopicPlan plan, Map<TopicPartition, Position> progress) {
    for (TopicPartition partition : plan.topicPartitions()) {
      Position known = progress.get(partition);
      if (known != null && known.target() > 0) {
        throw CliException.failure(
            "topic "
                + plan.name()
                + " was brought before and is gone now; leave it out with --topic, or delete the group "
                + Progress.GROUP_PREFIX
                + "… with which an import knows where it is");
      }
    }
  }

  private void create(TopicPlan plan) {
    Map<String, String> configs = new HashMap<>(plan.configs());
    if (plan.stampedOnArrival()) {
      configs.remove(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG);
    }
    NewTopic topic = new NewTopic(plan.name(), Optional.of(plan.partitions()), Optional.empty());
    Cluster.await(
        "topic " + plan.name(), target.admin().createTopics(List.of(topic.configs(configs))).all());
  }

  private void requirePartitions(List<TopicPlan> plans) {
    var described = target.admin().describeTopics(plans.stream().map(TopicPlan::name).toList());
    for (TopicPlan plan : plans) {
      int partitions =
          Cluster.await("topic " + plan.name(), described.topicNameValues().get(plan.name()))
              .partitions()
              .size();
      if (partitions != plan.partitions()) {
        throw CliException.failure(
            String.format(
                "topic %s has %d partitions in the source and %d here; make them equal with"
                    + " ./naru topic alter",
                plan.name(), plan.partitions(), partitions));
      }
    }
  }

  /** From now on the target stamps new records itself, as the source does. */
  void finish(List<TopicPlan> plans) {
    stamp(plans, TopicPlan.LOG_APPEND_TIME);
  }

  /** Where the source stamps records when they come, the target does not while they are brought. */
  private void stamp(List<TopicPlan> plans, String type) {
    Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
    ConfigEntry entry = new ConfigEntry(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, type);
    for (TopicPlan plan : plans) {
      if (plan.stampedOnArrival()) {
        changes.put(resource(plan.name()), List.of(new AlterConfigOp(entry, OpType.SET)));
      }
    }
    if (!changes.isEmpty()) {
      Cluster.await("configs of topics", target.admin().incrementalAlterConfigs(changes).all());
    }
  }
}

package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandGroup;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru topic}. */
@Command(
    name = "topic",
    description = "Creates, lists, describes, alters and deletes topics.",
    subcommandsRepeatable = false,
    footer = {"", "Example:", "  ./naru topic create orders --partitions 3"})
public final class TopicCommand extends CommandGroup {
  public TopicCommand(Terminal terminal) {
    super(terminal);
  }

  @Command(
      name = "create",
      description = "Creates a topic.",
      footer = {
        "",
        "Example:",
        "  ./naru topic create orders --partitions 3 --config retention.ms=86400000"
      })
  void create(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "TOPIC", description = "Its name.") String topic,
      @Option(
              names = "--partitions",
              paramLabel = "N",
              description = "How many (default: the node's num.partitions).")
          Integer partitions,
      @Option(
              names = "--config",
              paramLabel = "NAME=VALUE",
              description = "A topic config, such as cleanup.policy=compact; repeatable.")
          Map<String, String> configs,
      @Option(names = "--if-not-exists", description = "Is content with one that exists.")
          boolean ifNotExists) {
    requirePositive(partitions);
    NewTopic wanted =
        new NewTopic(topic, Optional.ofNullable(partitions), Optional.empty())
            .configs(configs == null ? Map.of() : configs);
    try (Admin admin = cluster.admin()) {
      admin.createTopics(List.of(wanted)).all().get();
      terminal.say("created " + topic);
    } catch (ExecutionException e) {
      if (!(ifNotExists && e.getCause() instanceof TopicExistsException)) {
        throw Cluster.refusal("topic " + topic, e.getCause());
      }
      terminal.say(topic + " exists");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    }
  }

  @Command(
      name = "list",
      description = "Lists topics, one name a line.",
      footer = {"", "Example:", "  ./naru topic list"})
  void list(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Option(names = "--internal", description = "Kafka's internal topics too.")
          boolean internal) {
    try (Admin admin = cluster.admin()) {
      Cluster.await(
              "topics", admin.listTopics(new ListTopicsOptions().listInternal(internal)).names())
          .stream()
          .sorted()
          .forEach(terminal.out()::println);
    }
  }

  @Command(
      name = "describe",
      description = "Shows a topic's id, configs and partitions.",
      footer = {"", "Example:", "  ./naru topic describe orders"})
  void describe(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "One or more names.")
          List<String> topics) {
    try (Admin admin = cluster.admin()) {
      Map<String, KafkaFuture<TopicDescription>> described =
          admin.describeTopics(topics).topicNameValues();
      for (String topic : topics) {
        describe(admin, Cluster.await("topic " + topic, described.get(topic)));
      }
    }
  }

  private void describe(Admin admin, TopicDescription topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    Config config =
        Cluster.await("topic " + topic.name(), admin.describeConfigs(List.of(resource)).all())
            .get(resource);
    terminal.out().println("topic " + topic.name() + "  id " + topic.topicId());
    String own =
        config.entries().stream()
            .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
            .map(entry -> entry.name() + "=" + entry.value())
            .sorted()
            .collect(Collectors.joining(" "));
    terminal.out().println("configs " + (own.isEmpty() ? "(defaults)" : own));
    Map<TopicPartition, Long> starts = offsets(admin, topic, OffsetSpec.earliest());
    Map<TopicPartition, Long> ends = offsets(admin, topic, OffsetSpec.latest());
    Table table = new Table("PARTITION", "LEADER", "START", "END", "REPLICAS", "ISR");
    for (TopicPartitionInfo info : topic.partitions()) {
      TopicPartition partition = new TopicPartition(topic.name(), info.partition());
      table.row(
          info.partition(),
          info.leader() == null ? "none" : info.leader().id(),
          starts.get(partition),
          ends.get(partition),
          ids(info.replicas()),
          ids(info.isr()));
    }
    table.print(terminal.out(), "");
  }

  private static String ids(Collection<Node> nodes) {
    return nodes.stream().map(Node::idString).collect(Collectors.joining(","));
  }

  private static Map<TopicPartition, Long> offsets(
      Admin admin, TopicDescription topic, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> wanted =
        topic.partitions().stream()
            .filter(info -> info.leader() != null)
            .collect(
                Collectors.toMap(
                    info -> new TopicPartition(topic.name(), info.partition()), info -> which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> found :
        Cluster.await("topic " + topic.name(), admin.listOffsets(wanted).all()).entrySet()) {
      offsets.put(found.getKey(), found.getValue().offset());
    }
    return offsets;
  }

  @Command(
      name = "alter",
      description = "Adds partitions to a topic, sets and removes its configs.",
      footer = {
        "",
        "Example:",
        "  ./naru topic alter orders --partitions 6 --config retention.ms=3600000"
      })
  void alter(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "TOPIC", description = "Its name.") String topic,
      @Option(
              names = "--partitions",
              paramLabel = "N",
              description = "How many there shall be; there can only become more.")
          Integer partitions,
      @Option(
              names = "--config",
              paramLabel = "NAME=VALUE",
              description = "A config to set; repeatable.")
          Map<String, String> configs,
      @Option(
              names = "--delete-config",
              paramLabel = "NAME",
              description = "A config to give back to its default; repeatable.")
          List<String> deleted) {
    requirePositive(partitions);
    List<AlterConfigOp> changes = new ArrayList<>();
    if (configs != null) {
      configs.forEach(
          (name, value) ->
              changes.add(new AlterConfigOp(new ConfigEntry(name, value), OpType.SET)));
    }
    if (deleted != null) {
      deleted.forEach(
          name -> changes.add(new AlterConfigOp(new ConfigEntry(name, null), OpType.DELETE)));
    }
    if (partitions == null && changes.isEmpty()) {
      throw CliException.mistake(
          "nothing to alter: give --partitions, --config or --delete-config");
    }
    try (Admin admin = cluster.admin()) {
      if (!changes.isEmpty()) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Cluster.await(
            "topic " + topic, admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
      }
      if (partitions != null) {
        NewPartitions wanted = NewPartitions.increaseTo(partitions);
        Cluster.await("topic " + topic, admin.createPartitions(Map.of(topic, wanted)).all());
      }
      terminal.say("altered " + topic);
    }
  }

  @Command(
      name = "delete",
      description = "Deletes topics with everything in them.",
      footer = {"", "Example:", "  ./naru topic delete orders"})
  void delete(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "One or more names.")
          List<String> topics) {
    try (Admin admin = cluster.admin()) {
      Map<String, KafkaFuture<Void>> answers = admin.deleteTopics(topics).topicNameValues();
      for (String topic : topics) {
        Cluster.await("topic " + topic, answers.get(topic));
        terminal.say("deleted " + topic);
      }
    }
  }

  private static void requirePositive(Integer partitions) {
    if (partitions != null && partitions < 1) {
      throw CliException.mistake("--partitions wants a number from 1 on, not " + partitions);
    }
  }
}

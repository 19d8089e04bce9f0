package dev.naru.cli.client;

import dev.naru.cli.CommandGroup;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru group}. */
@Command(
    name = "group",
    description = "Lists, describes and deletes groups, and moves their offsets.",
    footer = {"", "Example:", "  ./naru group describe readers"})
public final class GroupCommand extends CommandGroup {
  public GroupCommand(Terminal terminal) {
    super(terminal);
  }

  @Command(
      name = "list",
      description = "Lists groups with their type and state.",
      footer = {"", "Example:", "  ./naru group list"})
  void list(@Mixin CommonOptions options, @Mixin Cluster cluster) {
    try (Admin admin = cluster.admin()) {
      Table table = new Table("GROUP", "TYPE", "PROTOCOL", "STATE");
      Cluster.await("groups", admin.listGroups().valid()).stream()
          .sorted(Comparator.comparing(GroupListing::groupId))
          .forEach(
              group ->
                  table.row(
                      group.groupId(),
                      group.type().map(GroupType::toString).orElse("-"),
                      group.protocol().isEmpty() ? "-" : group.protocol(),
                      group.groupState().map(GroupState::toString).orElse("-")));
      table.print(terminal.out(), "");
    }
  }

  @Command(
      name = "describe",
      description = "Shows a group's members, offsets and lag.",
      footer = {"", "Example:", "  ./naru group describe readers"})
  void describe(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "GROUP", arity = "1..*", description = "One or more groups.")
          List<String> groups) {
    try (Admin admin = cluster.admin()) {
      for (String group : groups) {
        GroupView.read(admin, group).print(terminal.out());
      }
    }
  }

  @Command(
      name = "delete",
      description = "Deletes groups that have no members, with their offsets.",
      footer = {"", "Example:", "  ./naru group delete readers"})
  void delete(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "GROUP", arity = "1..*", description = "One or more groups.")
          List<String> groups) {
    try (Admin admin = cluster.admin()) {
      Map<String, KafkaFuture<Void>> answers = admin.deleteConsumerGroups(groups).deletedGroups();
      for (String group : groups) {
        Cluster.await("group " + group, answers.get(group));
        terminal.say("deleted " + group);
      }
    }
  }

  /** Where offsets go to; exactly one. */
  static final class Target {
    @Option(names = "--to-earliest", description = "To the oldest record.")
    boolean earliest;

    @Option(names = "--to-latest", description = "To the end.")
    boolean latest;

    @Option(names = "--to-offset", paramLabel = "N", description = "To this offset.")
    Long offset;

    @Option(
        names = "--to-datetime",
        paramLabel = "ISO",
        description = "To the first record from then on, such as 2026-01-31T09:00:00Z.")
    String datetime;

    @Option(
        names = "--shift-by",
        paramLabel = "N",
        description = "By so many records, back when negative.")
    Long shift;
  }

  @Command(
      name = "reset-offsets",
      description = "Moves the offsets of a group that has no members.",
      footer = {
        "",
        "Example:",
        "  ./naru group reset-offsets readers --topic orders --to-earliest"
      })
  void resetOffsets(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Parameters(paramLabel = "GROUP", description = "The group.") String group,
      @Option(
              names = "--topic",
              paramLabel = "TOPIC[:N]",
              required = true,
              description = "A topic, or one partition of it; repeatable.")
          List<String> topics,
      @ArgGroup(multiplicity = "1") Target target,
      @Option(names = "--dry-run", description = "Only shows what would happen.") boolean dryRun) {
    try (Admin admin = cluster.admin()) {
      OffsetReset reset = new OffsetReset(admin, group);
      Map<TopicPartition, Long> moved = reset.plan(reset.partitions(topics), target);
      if (!dryRun) {
        reset.apply(moved);
      }
      Table table = new Table("TOPIC", "PARTITION", dryRun ? "WOULD BE" : "OFFSET");
      List<TopicPartition> sorted = new ArrayList<>(moved.keySet());
      sorted.sort(
          Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
      for (TopicPartition partition : sorted) {
        table.row(partition.topic(), partition.partition(), moved.get(partition));
      }
      table.print(terminal.out(), "");
    }
  }
}

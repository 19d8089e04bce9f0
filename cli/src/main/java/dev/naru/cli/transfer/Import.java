package dev.naru.cli.transfer;

import dev.naru.cli.CliException;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import dev.naru.cli.client.Cluster;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** The whole of an import: topics, then records, then groups. For one thread. */
final class Import {
  private final Side source;
  private final Side target;
  private final Terminal terminal;
  private final Topics topics;

  Import(Side source, Side target, Terminal terminal) {
    this.source = source;
    this.target = target;
    this.terminal = terminal;
    this.topics = new Topics(source, target);
  }

  /**
   * @param wanted names of topics, or nothing for all
   * @param dryRun whether only to show what there is to bring
   * @return whether everything was brought
   */
  boolean run(Collection<String> wanted, boolean dryRun) {
    if (source.id().equals(target.id())) {
      throw CliException.mistake(
          "--from "
              + source.address()
              + " and --bootstrap "
              + target.address()
              + " are the same cluster");
    }
    try {
      List<TopicPlan> plans = topics.plan(wanted);
      if (plans.isEmpty()) {
        terminal.say("there are no topics at " + source.address());
        return true;
      }
      if (dryRun) {
        show(plans);
        return true;
      }
      return bring(plans);
    } catch (KafkaException e) {
      throw Cluster.refusal("the import", e);
    }
  }

  private void show(List<TopicPlan> plans) {
    Table table = new Table("TOPIC", "PARTITIONS", "OFFSETS", "CONFIGS");
    for (TopicPlan plan : plans) {
      Map<TopicPartition, Long> starts = source.starts(plan.topicPartitions());
      long offsets =
          source.ends(plan.topicPartitions()).entrySet().stream()
              .mapToLong(end -> end.getValue() - starts.get(end.getKey()))
              .sum();
      table.row(plan.name(), plan.partitions(), offsets, configs(plan));
    }
    table.print(terminal.out(), "");
  }

  private static String configs(TopicPlan plan) {
    if (plan.configs().isEmpty()) {
      return "-";
    }
    StringBuilder text = new StringBuilder();
    plan.configs()
        .forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
    return text.substring(1);
  }

  private boolean bring(List<TopicPlan> plans) {
    Progress progress = new Progress(target, source.id());
    Map<TopicPartition, Position> positions =
        new Resume(source, target).from(topics.prepare(plans, progress.read()));
    Map<TopicPartition, Long> ends = source.ends(positions.keySet());
    long records =
        new RecordCopy(source, target, progress, new StatusLine(terminal), positions, ends).run();
    topics.finish(plans);
    GroupOffsets.Outcome groups = new GroupOffsets(source, target, plans, positions).run();
    terminal.say(
        String.format(
            "%d topics, %,d records, %d groups brought from %s",
            plans.size(), records, groups.brought().size(), source.address()));
    groups.left().forEach((group, reason) -> terminal.say("not brought: " + reason));
    return groups.left().isEmpty();
  }
}

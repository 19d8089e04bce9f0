package dev.naru.cli.transfer;

import dev.naru.cli.CommonOptions;
import dev.naru.cli.Terminal;
import dev.naru.cli.client.Cluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code naru cluster import}. */
@Command(
    name = "import",
    description = {
      "Brings topics over from another node or cluster, with their records, configs and the offsets"
          + " of groups.",
      "",
      "Records keep their order, partition, timestamp, key and headers. Offsets stay the same where"
          + " those of the source began with 0 and have no gaps; otherwise the groups' are"
          + " translated. Only committed records are brought. Run it while the source is in use, then"
          + " stop what writes there and run it again: it brings what came since. Interrupted, it"
          + " goes on where it was."
    },
    footer = {
      "",
      "Examples:",
      "  ./naru cluster import --from 127.0.0.1:9192 --dry-run",
      "  ./naru cluster import --from 127.0.0.1:9192 --topic orders --topic payments"
    })
public final class ImportCommand extends CommonOptions implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private Cluster target;

  @Option(
      names = "--from",
      paramLabel = "HOST:PORT",
      required = true,
      description = "A node of where the topics are; Naru's or Apache Kafka's.")
  private String from;

  @Option(
      names = "--from-config",
      paramLabel = "FILE",
      description = "As --command-config, for --from.")
  private Path fromConfig;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "Only this one; repeatable (default: all but Kafka's internal ones).")
  private List<String> topics = new ArrayList<>();

  @Option(names = "--dry-run", description = "Only shows what would be brought.")
  private boolean dryRun;

  public ImportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Cluster source = Cluster.other("--from", from, "--from-config", fromConfig);
    try (Side there = Side.open(source);
        Side here = Side.open(target)) {
      Import work = new Import(there, here, terminal);
      return work.run(topics, dryRun) ? 0 : 1;
    }
  }
}

package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Terminal;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code naru cluster}. */
@Command(
    name = "cluster",
    description = "Shows the nodes of a cluster.",
    footer = {"", "Example:", "  ./naru cluster status"})
public final class ClusterCommand extends CommonOptions implements Runnable {
  private final Terminal terminal;

  public ClusterCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    throw CliException.mistake("cluster wants one of status (see ./naru cluster --help)");
  }

  @Command(
      name = "status",
      description = {
        "Shows the nodes and how many partitions each owns.",
        "",
        "A node is in (it serves), leaving (it gives what it owns to others), drained (it owns"
            + " nothing, and stays empty), silent (it does not answer, and the cluster has not given"
            + " it up yet) or gone. A partition is under-replicated while a node that it names is"
            + " gone; that says nothing of the copies of its records."
      },
      footer = {"", "Example:", "  ./naru cluster status --bootstrap 127.0.0.1:9092"})
  void status(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Option(names = "--json", description = "As one JSON object.") boolean json) {
    try (Admin admin = cluster.admin()) {
      ClusterView view = ClusterView.read(admin);
      if (json) {
        terminal.out().println(view.json());
      } else {
        view.print(terminal.out());
      }
    }
  }
}

package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandGroup;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Terminal;
import dev.naru.cli.transfer.ImportCommand;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code naru cluster}. */
@Command(
    name = "cluster",
    description =
        "Shows the nodes of a cluster, empties one, forgets one that is gone, and brings topics over.",
    subcommands = ImportCommand.class,
    footer = {"", "Example:", "  ./naru cluster status"})
public final class ClusterCommand extends CommandGroup {
  public ClusterCommand(Terminal terminal) {
    super(terminal);
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

  @Command(
      name = "drain",
      description = {
        "Gives the partitions that a node owns to the others, and keeps it empty until it is started"
            + " anew.",
        "",
        "No records are copied, and clients go on. The node still keeps the records that are on its"
            + " disk, and new ones come to it."
      },
      footer = {"", "Example:", "  ./naru cluster drain --node-id 3"})
  void drain(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Option(names = "--node-id", paramLabel = "N", required = true, description = "The node.")
          int nodeId,
      @Option(names = "--undo", description = "Lets the node have partitions again.")
          boolean undo) {
    try (Admin admin = cluster.admin()) {
      Drain drain = new Drain(admin, terminal, nodeId);
      if (undo) {
        drain.undo();
      } else {
        drain.run();
      }
    }
  }

  @Command(
      name = "decommission",
      description = {
        "Forgets a node that has stopped for good.",
        "",
        "It is refused while the node is alive. A node that is started again after that joins as a new"
            + " one would."
      },
      footer = {"", "Example:", "  ./naru cluster decommission --node-id 3"})
  void decommission(
      @Mixin CommonOptions options,
      @Mixin Cluster cluster,
      @Option(names = "--node-id", paramLabel = "N", required = true, description = "The node.")
          int nodeId) {
    try (Admin admin = cluster.admin()) {
      ClusterView view = ClusterView.read(admin);
      ClusterView.Member member = view.require(nodeId);
      if (member.state() != ClusterView.State.GONE) {
        throw CliException.failure(
            "node "
                + nodeId
                + " is alive; stop it first, and what it owns goes to the others (./naru cluster"
                + " drain does that beforehand)");
      }
      if (member.owns() > 0) {
        throw CliException.failure(
            "node "
                + nodeId
                + " is gone and still the owner of "
                + member.owns()
                + " partitions; try again when other nodes have them (./naru cluster status)");
      }
      Cluster.await("node " + nodeId, admin.unregisterBroker(nodeId).all());
      terminal.say("node " + nodeId + " is no node of this cluster any more");
    }
  }
}

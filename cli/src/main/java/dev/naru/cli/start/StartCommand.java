package dev.naru.cli.start;

import dev.naru.cli.CommonOptions;
import dev.naru.cli.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The options of {@code naru start} for help and for mistakes; {@link StartOptions#plain} reads the
 * same ones.
 */
@Command(
    name = "start",
    description = "Runs a node until SIGTERM or Ctrl-C.",
    footer = {
      "",
      "When clients can be served it prints one line that begins with 'ready ', and then one that"
          + " begins with 'http ' and says where HTTP is spoken.",
      "",
      "Example:",
      "  ./naru start --data ./naru-data --listen 127.0.0.1:9092 --set num.partitions=3",
      "  ./naru start --cluster demo --node-id 1 --join 127.0.0.1:9092 --data ./node-1"
    })
public final class StartCommand extends CommonOptions implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where logs are kept (default: ./naru-data).")
  private Path data;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Where Kafka clients connect (default: 127.0.0.1:9092; port 0 takes a free one). An"
              + " address that other machines reach needs --set"
              + " allow.unauthenticated.listeners=true, for nobody is asked who they are. More than one,"
              + " or one with TLS: --set listeners=…, see docs/tls.md.")
  private String listen;

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      description =
          "Where HTTP is spoken: Kafka Connect's REST API (default: 127.0.0.1:8080, or a free port"
              + " when that is taken; port 0 takes a free one). See docs/connect.md.")
  private String http;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A properties file with Kafka's names, such as Apache Kafka's own server.properties;"
              + " options win over it.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "One setting by its Kafka name, such as num.partitions=3; those of Kafka Connect's worker"
              + " begin with 'connect.'; repeatable.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Runs a node of this cluster; with --node-id and --join. See docs/cluster.md.")
  private String cluster;

  @Option(
      names = "--node-id",
      paramLabel = "N",
      description = "This node's number, which no other node has and its data keeps for ever.")
  private Integer nodeId;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT[,…]",
      description =
          "The Kafka addresses of the cluster's first node, or first three; the same list on every"
              + " node. A node uses the five ports after its Kafka port, too.")
  private String join;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description =
          "The secret that the nodes share (default: ./naru-cluster.secret; made when there is"
              + " none). Give every machine the same file.")
  private Path secretFile;

  public StartCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    StartOptions.MemberOptions member =
        new StartOptions.MemberOptions(cluster, nodeId, join, secretFile);
    return new StartOptions(data, listen, http, config, settings, member).start(terminal);
  }
}

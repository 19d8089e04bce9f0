package dev.naru.proving.bench;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandTree;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import dev.naru.proving.bench.node.Contender;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.bench.report.Charts;
import dev.naru.proving.bench.report.Goals;
import dev.naru.proving.bench.report.Machine;
import dev.naru.proving.bench.report.ResultJson;
import dev.naru.proving.bench.report.ResultTable;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code naru bench}. */
@Command(
    name = "naru bench",
    description =
        "Measures this node, or with --cluster three of them, beside Apache Kafka on this machine, with"
            + " the same load in turn; or with --flows what its connectors do.",
    footer = {
      "",
      "Both run as they ship: Apache Kafka with its own settings and heap, its data in the page",
      "cache; Naru as './naru start' starts it, its data on disk. The machine should do nothing",
      "else meanwhile. Without --only or --quick it takes about 90 minutes.",
      "",
      "With --cluster three nodes run beside three brokers of Apache Kafka (replication factor 3,",
      "min.insync.replicas 2), with a load that follows the leaders: how fast, how long nothing is",
      "served when an owner is killed, what a fourth node costs. It takes about 30 minutes.",
      "",
      "With --flows Naru runs alone: what connectors cost a node that has none, how soon the first",
      "one runs, pages a second of the crawler and memory with 10 million addresses, rows a second",
      "into PostgreSQL beside bare inserts, the lag of changes captured in MariaDB. Both databases",
      "are its own (Debian: postgresql, mariadb-server), and so is the plug-in for capture, which",
      "Maven fetches. It takes about 20 minutes.",
      "",
      "Example:",
      "  ./naru bench --only start,produce/all,consume --pairs 3 --json bench.json",
      "  ./naru bench --cluster --json cluster.json",
      "  ./naru bench --flows --only flows/crawler,flows/jdbc-sink",
      "  ./naru bench --micro 'FrameToAppend|BatchCheck'"
    })
public final class BenchCommand extends CommonOptions implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--cluster",
      description = "Three nodes beside three brokers; with --list, their scenarios.")
  private boolean cluster;

  @Option(
      names = "--flows",
      description = "What connectors do, Naru alone; with --list, their scenarios.")
  private boolean flows;

  @Option(names = "--list", description = "Show the scenarios and exit; with --full, all of them.")
  private boolean list;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "These scenarios, or families of them, such as produce.")
  private List<String> only;

  @Option(names = "--quick", description = "A smoke run: everything works, no figure means much.")
  private boolean quick;

  @Option(names = "--full", description = "Every cell of the matrix, and the long forms.")
  private boolean full;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      description =
          "How often each node runs each scenario (default: 3, with --cluster 2, with --quick"
              + " 1).")
  private Integer pairs;

  @Option(
      names = "--node",
      paramLabel = "naru|kafka",
      description = "Only this one; there are no ratios then.")
  private String node;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where nodes keep their data meanwhile (default: in the build's folder).")
  private Path data;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there, too.")
  private Path json;

  @Option(names = "--svg", paramLabel = "DIR", description = "Draw charts into this folder.")
  private Path svg;

  @Option(
      names = "--micro",
      paramLabel = "REGEX",
      arity = "0..1",
      fallbackValue = "",
      description =
          "Measure pieces of Naru alone instead, with JMH: all of them in about three minutes, or"
              + " those whose name matches. Only --json goes with it.")
  private String micro;

  public BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  public static void main(String[] arguments) {
    Terminal terminal = Terminal.system();
    int exitCode = CommandTree.run(new BenchCommand(terminal), arguments, terminal);
    terminal.out().flush();
    System.exit(exitCode);
  }

  @Override
  public Integer call() throws IOException {
    if (micro != null) {
      requireNothingButJson();
      requireFolders();
      new MicroRun(terminal).run(micro, json);
      return 0;
    }
    if (list) {
      list();
      return 0;
    }
    Plan plan = plan();
    requireFolders();
    Machine machine = Machine.here();
    StatusLine status = new StatusLine(terminal);
    List<Outcome> outcomes;
    try (Bench bench = new Bench(plan, status::show)) {
      outcomes = bench.run();
    } finally {
      status.leave();
    }
    terminal.say("");
    ResultTable.print(terminal.out(), machine, outcomes);
    Goals goals = quick ? Goals.NONE : suite().goals();
    goals.print(terminal.out(), outcomes);
    printLogs(outcomes);
    if (json != null) {
      ResultJson.write(json, machine, outcomes, goals);
    }
    if (svg != null) {
      Charts.write(svg, machine, outcomes);
    }
    long failed = outcomes.stream().filter(Outcome::hasFailed).count();
    if (failed > 0) {
      throw CliException.failure(failed + " of " + outcomes.size() + " scenarios failed");
    }
    return 0;
  }

  private void printLogs(List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      if (!outcome.log().isEmpty()) {
        terminal.say("");
        terminal.say("What the node printed before " + outcome.scenario().name() + " failed:");
        terminal.say(outcome.log());
      }
    }
  }

  private void requireNothingButJson() {
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("--cluster", cluster);
    given.put("--flows", flows);
    given.put("--list", list);
    given.put("--only", only != null);
    given.put("--quick", quick);
    given.put("--full", full);
    given.put("--pairs", pairs != null);
    given.put("--node", node != null);
    given.put("--data", data != null);
    given.put("--svg", svg != null);
    given.values().removeIf(set -> !set);
    if (!given.isEmpty()) {
      throw CliException.mistake(
          "--micro starts no node, so only --json goes with it, not "
              + String.join(", ", given.keySet()));
    }
  }

  private void list() {
    var table = new Table("SCENARIO", "WHAT");
    for (Scenario scenario : known()) {
      if (full || scenario.isUsual()) {
        table.row(scenario.name(), scenario.title());
      }
    }
    table.print(terminal.out(), "");
  }

  private Plan plan() {
    if (quick && full) {
      throw CliException.mistake("--quick and --full exclude each other");
    }
    if (pairs != null && pairs < 1) {
      throw CliException.mistake("--pairs wants a number of at least 1, not " + pairs);
    }
    if (!ProcessMeter.works()) {
      throw CliException.failure("the bench needs Linux: it reads /proc");
    }
    Scale scale = quick ? Scale.QUICK : full ? Scale.FULL : Scale.USUAL;
    int count = pairs != null ? pairs : quick ? 1 : suite().pairs();
    return new Plan(chosen(), cluster, contenders(), scale, count, directory());
  }

  private Suite suite() {
    if (cluster && flows) {
      throw CliException.mistake("--cluster and --flows exclude each other");
    }
    return flows ? Suite.FLOWS : cluster ? Suite.CLUSTER : Suite.NODE;
  }

  private List<Scenario> known() {
    return suite().scenarios();
  }

  private List<Scenario> chosen() {
    if (only == null) {
      return known().stream()
          .filter(each -> quick ? each.isQuick() : full || each.isUsual())
          .toList();
    }
    Set<Scenario> chosen = new LinkedHashSet<>();
    for (String name : only) {
      List<Scenario> found = new ArrayList<>();
      for (Scenario each : known()) {
        boolean inFamily = each.name().startsWith(name + "/") && (full || each.isUsual());
        if (each.name().equals(name) || inFamily) {
          found.add(each);
        }
      }
      if (found.isEmpty()) {
        throw CliException.mistake(
            "there is no scenario '%s'; ./naru bench%s --list shows them all"
                .formatted(name, suite().option()));
      }
      chosen.addAll(found);
    }
    return List.copyOf(chosen);
  }

  private Set<Contender> contenders() {
    if (node == null) {
      return suite().contenders();
    }
    if (flows) {
      throw CliException.mistake("--flows runs Naru alone, so --node does not go with it");
    }
    return switch (node) {
      case "naru" -> EnumSet.of(Contender.NARU);
      case "kafka" -> EnumSet.of(Contender.KAFKA);
      default -> throw CliException.mistake("--node wants naru or kafka, not '" + node + "'");
    };
  }

  private Path directory() {
    Path parent = data != null ? data : Places.root().resolve("proving/target");
    return parent.toAbsolutePath().resolve("bench-" + ProcessHandle.current().pid());
  }

  /** Before an hour of work, not after it. */
  private void requireFolders() throws IOException {
    if (json != null) {
      Path parent = json.toAbsolutePath().getParent();
      if (!Files.isDirectory(parent)) {
        throw CliException.mistake("--json: there is no folder " + parent);
      }
    }
    if (svg != null) {
      Files.createDirectories(svg);
    }
  }
}

package dev.naru.cli.connector;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandGroup;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru connector}. */
@Command(
    name = "connector",
    description = "Makes connectors in a running node and looks after them.",
    footer = {
      "",
      "Connectors move records between topics and other systems. What they are is in docs/connect.md.",
      "",
      "Example:",
      "  ./naru connector create pages.properties",
      "  ./naru connector status"
    },
    subcommands = ConnectorOffsetsCommand.class)
public final class ConnectorCommand extends CommandGroup {
  public ConnectorCommand(Terminal terminal) {
    super(terminal);
  }

  private static String path(String name) {
    return "/connectors/" + ConnectApi.part(name);
  }

  /** Connectors that are to do the same, one after the other. */
  static final class Several {
    @Mixin private ConnectApi api;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "One or more connectors.")
    private List<String> names;

    /** Asks for something below each connector's path, and says when one has done it. */
    void ask(String method, String below, Consumer<String> done) {
      for (String name : names) {
        api.ask(method, path(name) + below, null);
        done.accept(name);
      }
    }
  }

  @Command(
      name = "create",
      description = "Makes a connector, or gives one that exists this configuration.",
      footer = {
        "",
        "A file has Kafka Connect's properties or JSON, and the connector's name as 'name'. Options",
        "win over it.",
        "",
        "Example:",
        "  ./naru connector create sink.properties --config tasks.max=2",
        "  ./naru connector create crawl --config"
            + " connector.class=dev.naru.connect.crawler.CrawlerSourceConnector --config"
            + " crawl.urls=https://kafka.apache.org/ --config topic=pages --config"
            + " crawl.state.dir=crawl"
      })
  void create(
      @Mixin CommonOptions options,
      @Mixin ConnectApi api,
      @Parameters(paramLabel = "FILE|NAME", description = "A file that exists, or a name.")
          String fileOrName,
      @Option(
              names = "--config",
              paramLabel = "NAME=VALUE",
              description = "An option of the connector, such as tasks.max=2; repeatable.")
          Map<String, String> configs) {
    Map<String, String> config = new LinkedHashMap<>();
    boolean looksLikeFile = fileOrName.matches(".*(/|\\.properties$|\\.json$).*");
    if (looksLikeFile || Files.isRegularFile(Path.of(fileOrName))) {
      config.putAll(ConnectorFile.read(Path.of(fileOrName)));
    } else {
      config.put("name", fileOrName);
    }
    if (configs != null) {
      config.putAll(configs);
    }
    String name = config.remove("name");
    if (name == null || name.isBlank()) {
      throw CliException.mistake(
          fileOrName + " does not say what the connector is called; add name=NAME to it");
    }
    if (!config.containsKey("connector.class")) {
      throw CliException.mistake(
          "connector.class is missing: the class or the name of a plug-in, such as"
              + " dev.naru.connect.jdbc.JdbcSinkConnector");
    }
    boolean made = api.made("PUT", path(name) + "/config", Json.write(config));
    terminal.say((made ? "created " : "changed ") + name);
  }

  @Command(
      name = "list",
      description = "Lists connectors with their state.",
      footer = {"", "Example:", "  ./naru connector list"})
  void list(@Mixin CommonOptions options, @Mixin ConnectApi api) {
    Table table = new Table("CONNECTOR", "TYPE", "STATE", "TASKS", "FAILURE");
    for (String name : names(api)) {
      ConnectorStatus status = ConnectorStatus.read(api, name);
      String failure = status.failure();
      table.row(
          name,
          status.type(),
          status.summary(),
          status.tasks(),
          failure.isEmpty() ? null : failure);
    }
    table.print(terminal.out(), "");
  }

  private static Iterable<String> names(ConnectApi api) {
    TreeSet<String> names = new TreeSet<>();
    if (api.get("/connectors") instanceof List<?> list) {
      list.forEach(name -> names.add(String.valueOf(name)));
    }
    return names;
  }

  @Command(
      name = "status",
      description = "Shows connectors and their tasks: state, failure, restarts.",
      footer = {"", "Example:", "  ./naru connector status pages"})
  void status(
      @Mixin CommonOptions options,
      @Mixin ConnectApi api,
      @Parameters(paramLabel = "NAME", arity = "0..*", description = "All of them by default.")
          List<String> names) {
    Iterable<String> asked = names == null || names.isEmpty() ? names(api) : names;
    for (String name : asked) {
      ConnectorStatus.read(api, name).print(terminal.out(), System.currentTimeMillis());
    }
  }

  @Command(
      name = "config",
      description = "Shows a connector's configuration, without its secrets, as a properties file.",
      footer = {
        "",
        "What it shows can be given to create again: [hidden] stands for the secret that is there.",
        "",
        "Example:",
        "  ./naru connector config pages"
      })
  void config(
      @Mixin CommonOptions options,
      @Mixin ConnectApi api,
      @Parameters(paramLabel = "NAME", description = "The connector.") String name) {
    if (api.get(path(name) + "/config") instanceof Map<?, ?> config) {
      Map<String, Object> sorted = new TreeMap<>();
      config.forEach((option, value) -> sorted.put(String.valueOf(option), value));
      sorted.forEach(
          (option, value) ->
              terminal
                  .out()
                  .println(
                      option
                          + "="
                          + String.valueOf(value).replace("\\", "\\\\").replace("\n", "\\n")));
    }
  }

  @Command(
      name = "pause",
      description = "Lets connectors rest; their tasks keep what they have.",
      footer = {"", "Example:", "  ./naru connector pause pages"})
  void pause(@Mixin CommonOptions options, @Mixin Several connectors) {
    connectors.ask("PUT", "/pause", name -> terminal.say("paused " + name));
  }

  @Command(
      name = "resume",
      description = "Lets connectors that were paused or stopped go on.",
      footer = {"", "Example:", "  ./naru connector resume pages"})
  void resume(@Mixin CommonOptions options, @Mixin Several connectors) {
    connectors.ask("PUT", "/resume", name -> terminal.say("resumed " + name));
  }

  @Command(
      name = "stop",
      description = "Ends the tasks of connectors; resume makes them anew.",
      footer = {
        "",
        "Offsets can be changed while a connector is stopped.",
        "",
        "Example:",
        "  ./naru connector stop pages"
      })
  void stop(@Mixin CommonOptions options, @Mixin Several connectors) {
    connectors.ask("PUT", "/stop", name -> terminal.say("stopped " + name));
  }

  @Command(
      name = "restart",
      description = "Starts connectors and their tasks anew.",
      footer = {"", "Example:", "  ./naru connector restart pages --only-failed"})
  void restart(
      @Mixin CommonOptions options,
      @Mixin Several connectors,
      @Option(names = "--only-failed", description = "Only what has failed.") boolean onlyFailed) {
    String query = "?includeTasks=true&onlyFailed=" + onlyFailed;
    connectors.ask("POST", "/restart" + query, name -> terminal.say("restarted " + name));
  }

  @Command(
      name = "delete",
      description = "Deletes connectors; their topics and offsets stay.",
      footer = {"", "Example:", "  ./naru connector delete pages"})
  void delete(@Mixin CommonOptions options, @Mixin Several connectors) {
    connectors.ask("DELETE", "", name -> terminal.say("deleted " + name));
  }

  @Command(
      name = "logs",
      description = "Shows the last lines that a connector and its tasks logged.",
      footer = {
        "",
        "Each node keeps the last 128 KiB of a connector in memory.",
        "",
        "Example:",
        "  ./naru connector logs pages --lines 20"
      })
  void logs(
      @Mixin CommonOptions options,
      @Mixin ConnectApi api,
      @Option(
              names = "--lines",
              paramLabel = "N",
              defaultValue = "100",
              description = "How many of each node (default: ${DEFAULT-VALUE}).")
          int lines,
      @Parameters(paramLabel = "NAME", description = "The connector.") String name) {
    if (lines < 1) {
      throw CliException.mistake("--lines wants a number from 1 on, not " + lines);
    }
    Object status = api.find(path(name) + "/status");
    if (status == null) {
      api.get(path(name));
    }
    String path = "/naru/connectors/" + ConnectApi.part(name) + "/log?lines=" + lines;
    for (String worker : ConnectorStatus.workers(api, status)) {
      Object log = worker.isEmpty() ? api.find(path) : api.findAt(worker, path);
      Json.list(log, "lines").forEach(terminal.out()::println);
    }
  }
}

package dev.naru.cli;

import dev.naru.cli.client.ClusterCommand;
import dev.naru.cli.client.ConsumeCommand;
import dev.naru.cli.client.GroupCommand;
import dev.naru.cli.client.ProduceCommand;
import dev.naru.cli.client.TopicCommand;
import dev.naru.cli.connector.ConnectorCommand;
import dev.naru.cli.crawl.CrawlCommand;
import dev.naru.cli.demo.DemoCommand;
import dev.naru.cli.plugin.PluginCommand;
import dev.naru.cli.spark.SparkCommand;
import dev.naru.cli.start.StartCommand;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** All commands. A new one is a class and a name in this list. */
@Command(
    name = "naru",
    description = "Kafka's protocol and promises in one small Java process.",
    subcommands = {
      StartCommand.class,
      TopicCommand.class,
      ProduceCommand.class,
      ConsumeCommand.class,
      GroupCommand.class,
      ClusterCommand.class,
      ConnectorCommand.class,
      PluginCommand.class,
      CrawlCommand.class,
      SparkCommand.class,
      DemoCommand.class,
    },
    footer = {
      "",
      "Begin with:",
      "  ./naru demo            a web site becomes a topic becomes a database table",
      "  ./naru start           a node at 127.0.0.1:9092",
      "  ./naru bench           this node beside Apache Kafka on this machine",
      "  ./naru COMMAND --help  what a command does, with an example"
    })
public final class CommandTree implements Runnable {
  private static final int HELP_WIDTH = 100;

  @Spec private CommandSpec spec;

  @Option(names = "--help", usageHelp = true, description = "Show this and exit.")
  private boolean help;

  @Override
  public void run() {
    if (!help) {
      spec.commandLine().usage(spec.commandLine().getErr());
      throw CliException.mistake("a command is missing");
    }
  }

  static int run(String[] arguments, Terminal terminal) {
    return run(commandLine(terminal), arguments, terminal);
  }

  /**
   * Runs a command that another room brings, with the same manners as our own.
   *
   * @return the exit code
   */
  public static int run(Object command, String[] arguments, Terminal terminal) {
    return run(commandLine(command, terminal), arguments, terminal);
  }

  private static int run(CommandLine commandLine, String[] arguments, Terminal terminal) {
    boolean debug = Arrays.asList(arguments).contains("--debug");
    return commandLine
        .setParameterExceptionHandler((e, given) -> mistake(e, terminal))
        .setExecutionExceptionHandler((e, command, parsed) -> Failures.report(e, terminal, debug))
        .execute(arguments);
  }

  static CommandLine commandLine(Terminal terminal) {
    return commandLine(new CommandTree(), terminal);
  }

  private static CommandLine commandLine(Object command, Terminal terminal) {
    return new CommandLine(command, new WithTerminal(terminal))
        .setOut(writer(terminal.out()))
        .setErr(writer(terminal.err()))
        .setExpandAtFiles(false)
        .setUsageHelpWidth(HELP_WIDTH);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  private static int mistake(CommandLine.ParameterException e, Terminal terminal) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String sentence = e.getMessage().replaceFirst("^Error: ", "");
    List<String> guesses =
        e instanceof CommandLine.UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions()
            : List.of();
    String guess = guesses.isEmpty() ? "" : "; did you mean " + guesses.get(0) + "?";
    terminal
        .err()
        .println("naru: " + sentence + guess + " (see ./" + command.qualifiedName() + " --help)");
    return CliException.MISTAKE;
  }

  /** Gives a command the terminal when its constructor wants one. */
  private record WithTerminal(Terminal terminal) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      for (Constructor<?> constructor : type.getDeclaredConstructors()) {
        if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Terminal.class})) {
          return type.cast(constructor.newInstance(terminal));
        }
      }
      return CommandLine.defaultFactory().create(type);
    }
  }
}

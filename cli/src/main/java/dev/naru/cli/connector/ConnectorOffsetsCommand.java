package dev.naru.cli.connector;

import dev.naru.cli.CliException;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru connector offsets}. */
@Command(
    name = "offsets",
    description = "Shows how far a connector has come, or changes that while it is stopped.",
    footer = {
      "",
      "A file for --set has what --json shows, with those partitions that are to change; a null",
      "offset forgets one.",
      "",
      "Example:",
      "  ./naru connector offsets pages",
      "  ./naru connector stop pages && ./naru connector offsets pages --reset"
    })
public final class ConnectorOffsetsCommand extends CommonOptions implements Runnable {
  private final Terminal terminal;

  @Mixin private ConnectApi api;

  @Parameters(paramLabel = "NAME", description = "The connector.")
  private String name;

  @Option(names = "--json", description = "As the REST API says it.")
  private boolean json;

  @Option(names = "--reset", description = "Forgets all: it begins anew when it is resumed.")
  private boolean reset;

  @Option(names = "--set", paramLabel = "FILE", description = "Takes offsets from a JSON file.")
  private Path set;

  public ConnectorOffsetsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    if (reset && set != null) {
      throw CliException.mistake("--reset and --set are mutually exclusive");
    }
    String path = "/connectors/" + ConnectApi.part(name) + "/offsets";
    if (reset) {
      terminal.say(said(api.ask("DELETE", path, null)));
    } else if (set != null) {
      terminal.say(said(api.ask("PATCH", path, read(set))));
    } else {
      show(api.get(path));
    }
  }

  private static String said(Object answer) {
    String message = Json.text(answer, "message");
    return message.isEmpty() ? "done" : message;
  }

  private static String read(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      if (!(Json.get(Json.read(text), "offsets") instanceof List<?>)) {
        throw CliException.mistake(
            "--set: " + file + " has no list 'offsets'; begin with what --json shows");
      }
      return text;
    } catch (NoSuchFileException e) {
      throw CliException.mistake("--set: there is no file " + file, e);
    } catch (IOException e) {
      throw CliException.mistake("--set: cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void show(Object answer) {
    if (json) {
      terminal.say(Json.write(answer));
      return;
    }
    Table table = new Table("PARTITION", "OFFSET");
    for (Object each : Json.list(answer, "offsets")) {
      table.row(Json.write(Json.get(each, "partition")), Json.write(Json.get(each, "offset")));
    }
    table.print(terminal.out(), "");
  }
}

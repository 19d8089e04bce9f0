package dev.naru.cli.plugin;

import dev.naru.cli.CliException;
import dev.naru.cli.CommandGroup;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Folders;
import dev.naru.cli.Table;
import dev.naru.cli.Terminal;
import dev.naru.cli.cluster.DataInUse;
import dev.naru.cli.node.ConnectSettings;
import dev.naru.cli.node.PluginFolders;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru plugin}. */
@Command(
    name = "plugin",
    description = "Installs, lists and removes plug-ins for connectors.",
    footer = {
      "",
      "They are in the folder 'plugins' of a node's data directory. A node that runs connectors",
      "already finds new ones after its next start.",
      "",
      "Example:",
      "  ./naru plugin install debezium-mariadb"
    })
public final class PluginCommand extends CommandGroup {
  /** What is remembered of a plug-in, in its folder. */
  private static final String NOTE = "naru-plugin.properties";

  private static final double MB = 1e6;

  public PluginCommand(Terminal terminal) {
    super(terminal);
  }

  /** Whose plug-ins. */
  static final class DataOption {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        defaultValue = "naru-data",
        description = "The node's data directory, as start has it (default: ./${DEFAULT-VALUE}).")
    private Path data;

    Path plugins() {
      return ConnectSettings.plugins(data);
    }

    /** Connect looks for plug-ins when its runtime starts, and not again. */
    void sayOfRunningNode(Terminal terminal, String what) {
      if (DataInUse.isIt(data)) {
        terminal.say("a node runs on " + data + ": if it runs connectors already, it " + what);
      }
    }
  }

  @Command(
      name = "install",
      description = "Installs a plug-in with what it needs, by the Maven of this machine.",
      footer = {
        "",
        "Known by name: debezium-mariadb, debezium-mysql, debezium-postgres, debezium-mongodb,",
        "debezium-sqlserver, debezium-jdbc, mongodb, iceberg; anything else by Maven coordinates.",
        "Jars that Kafka Connect has itself (Kafka's, Jackson, SLF4J, codecs) are left out.",
        "",
        "Example:",
        "  ./naru plugin install debezium-mariadb",
        "  ./naru plugin install org.mongodb.kafka:mongo-kafka-connect:2.0.1"
      })
  void install(
      @Mixin CommonOptions options,
      @Mixin DataOption data,
      @Parameters(
              paramLabel = "NAME[@VERSION]",
              description = "A name that is known, or GROUP:ARTIFACT:VERSION.")
          String plugin) {
    Coordinates artifact = Coordinates.parse(plugin);
    Path plugins = data.plugins();
    Path scratch = null;
    try {
      Files.createDirectories(plugins);
      // Beside the plug-ins, so that the last step is a rename; a name with a dot is no plug-in's.
      scratch = Files.createTempDirectory(plugins.toAbsolutePath().getParent(), ".plugin-");
      terminal.say("resolving " + artifact + " with Maven");
      Maven maven = new Maven(scratch);
      List<Path> jars = maven.jars(artifact);
      if (jars.isEmpty()) {
        throw CliException.failure(artifact + " has no jars of its own");
      }
      Set<String> licences = maven.licences(artifact);
      String licence = licences.isEmpty() ? "not said by its POM" : String.join(", ", licences);
      Path made = Files.createDirectory(scratch.resolve("plugin"));
      long bytes = 0;
      for (Path jar : jars) {
        bytes += Files.size(jar);
        Files.move(jar, made.resolve(jar.getFileName()));
      }
      note(made, artifact, licence);
      Path folder = plugins.resolve(artifact.name());
      Folders.delete(folder);
      Files.move(made, folder);
      terminal.say(
          String.format(
              Locale.ROOT,
              "installed %s %s: %d jars, %.1f MB, in %s",
              artifact.name(),
              artifact.version(),
              jars.size(),
              bytes / MB,
              folder));
      terminal.say("licence: " + licence);
      data.sayOfRunningNode(terminal, "must be restarted to find " + artifact.name());
    } catch (IOException e) {
      throw CliException.failure("cannot install into " + plugins + ": " + e.getMessage(), e);
    } finally {
      if (scratch != null) {
        Folders.delete(scratch);
      }
    }
  }

  private static void note(Path folder, Coordinates artifact, String licence) throws IOException {
    Properties note = new Properties();
    note.setProperty("artifact", artifact.toString());
    note.setProperty("version", artifact.version());
    note.setProperty("licence", licence);
    try (Writer writer = Files.newBufferedWriter(folder.resolve(NOTE), StandardCharsets.UTF_8)) {
      note.store(writer, null);
    }
  }

  private static Properties note(Path folder) {
    Properties note = new Properties();
    try (Reader reader = Files.newBufferedReader(folder.resolve(NOTE), StandardCharsets.UTF_8)) {
      note.load(reader);
    } catch (IOException e) {
      note.setProperty("licence", "installed by hand");
    }
    return note;
  }

  @Command(
      name = "list",
      description = "Lists the plug-ins that are installed, and those that are known by name.",
      footer = {"", "Example:", "  ./naru plugin list"})
  void list(@Mixin CommonOptions options, @Mixin DataOption data) throws IOException {
    Table table = new Table("PLUG-IN", "VERSION", "JARS", "LICENCE");
    List<Path> folders = List.of();
    if (Files.isDirectory(data.plugins())) {
      try (Stream<Path> files = Files.list(data.plugins())) {
        folders = files.filter(Files::isDirectory).sorted().toList();
      }
    }
    for (Path folder : folders) {
      Properties note = note(folder);
      table.row(
          folder.getFileName(),
          note.getProperty("version"),
          PluginFolders.jars(folder).size(),
          note.getProperty("licence"));
    }
    if (!folders.isEmpty()) {
      table.print(terminal.out(), "");
    }
    Set<String> names = new TreeSet<>(Coordinates.CATALOGUE.keySet());
    folders.forEach(folder -> names.remove(folder.getFileName().toString()));
    terminal.say("known and not installed: " + String.join(", ", names));
    terminal.say("on board: Naru's own connectors (see docs/connect.md)");
  }

  @Command(
      name = "remove",
      description = "Removes a plug-in.",
      footer = {"", "Example:", "  ./naru plugin remove debezium-mariadb"})
  void remove(
      @Mixin CommonOptions options,
      @Mixin DataOption data,
      @Parameters(paramLabel = "NAME", description = "As list shows it.") String name) {
    Path folder = data.plugins().resolve(name);
    if (!data.plugins().normalize().equals(folder.normalize().getParent())
        || !Files.isDirectory(folder)) {
      throw CliException.failure("no plug-in " + name + " is installed in " + data.plugins());
    }
    Folders.delete(folder);
    terminal.say("removed " + name);
    data.sayOfRunningNode(terminal, "has " + name + " until it is restarted");
  }
}

package dev.naru.cli.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class NodeSettingsTest {
  private static Map<String, String> properties(String... arguments) {
    StartOptions options = StartOptions.plain(List.of(arguments));
    assertNotNull(options, () -> Arrays.toString(arguments));
    return NodeSettings.of(options).properties();
  }

  @Test
  void withoutOptionsANodeListensOnLoopback() {
    assertEquals("naru-data", properties().get("log.dirs"));
    assertEquals("PLAINTEXT://127.0.0.1:9092", properties().get("listeners"));
  }

  @Test
  void whatIsSaidLaterWins(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("node.properties");
    Files.writeString(
        file, "log.dirs=/file\nnum.partitions=2\nnode.id=7\nlisteners=PLAINTEXT://127.0.0.1:1\n");
    Map<String, String> properties =
        properties(
            "--config", file.toString(), "--set", "num.partitions=3", "--listen=localhost:0");
    assertEquals("/file", properties.get("log.dirs"));
    assertEquals("3", properties.get("num.partitions"));
    assertEquals("7", properties.get("node.id"));
    assertEquals("PLAINTEXT://localhost:0", properties.get("listeners"));
    assertEquals("/other", properties("--config=" + file, "--data", "/other").get("log.dirs"));
  }

  @Test
  void theOlderNameOfTheDataDirectoryIsUnderstood(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("node.properties");
    Files.writeString(file, "log.dir=/older\n");
    assertEquals("/older", properties("--config", file.toString()).get("log.dirs"));
  }

  @Test
  void otherMachinesOnlyWhenToldSo() {
    StartOptions open = StartOptions.plain(List.of("--listen", "0.0.0.0:9092"));
    assertThrows(CliException.class, () -> NodeSettings.of(open));
    Map<String, String> told =
        properties(
            "--listen", "0.0.0.0:9092", "--set", NodeSettings.ALLOW_UNAUTHENTICATED + "=true");
    assertEquals("PLAINTEXT://0.0.0.0:9092", told.get("listeners"));
    assertEquals("true", told.get(NodeSettings.ALLOW_UNAUTHENTICATED));
  }

  @Test
  void whatIsForConnectsWorkerIsNoneOfTheBrokers() {
    StartOptions options =
        StartOptions.plain(List.of("--set", "connect.group.id=g", "--set", "num.partitions=3"));
    NodeSettings settings = NodeSettings.of(options);
    assertEquals(Map.of("group.id", "g"), settings.connect());
    assertFalse(settings.properties().containsKey("connect.group.id"));
  }

  @Test
  void httpIsSpokenOnLoopbackUnlessToldOtherwise() {
    NodeSettings settings = NodeSettings.of(StartOptions.plain(List.of()));
    assertEquals("127.0.0.1:8080", settings.http().toString());
    assertFalse(settings.httpGiven());
    StartOptions given = StartOptions.plain(List.of("--http", "localhost:0"));
    assertEquals("localhost:0", NodeSettings.of(given).http().toString());
    assertTrue(NodeSettings.of(given).httpGiven());
  }

  @Test
  void ipv6LoopbackIsLoopback() {
    assertEquals("PLAINTEXT://[::1]:9092", properties("--listen", "[::1]:9092").get("listeners"));
  }

  /** The two readers of the same options must not drift apart. */
  @Test
  void shortCutKnowsEveryOptionOfTheHelp() {
    CommandLine command = new CommandLine(new StartCommand(null));
    TreeSet<String> unknown = new TreeSet<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      List<String> arguments =
          option.arity().max() == 0
              ? List.of(option.longestName())
              : List.of(
                  option.longestName(), option.longestName().equals("--node-id") ? "1" : "x=1");
      if (StartOptions.plain(arguments) == null) {
        unknown.add(option.longestName());
      }
    }
    assertEquals(new TreeSet<>(List.of("--help")), unknown);
  }
}

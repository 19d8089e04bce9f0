package dev.naru.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MistakeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frobnicate                              | Unmatched argument at index 0: 'frobnicate'",
        "start --frob                            | Unknown option: '--frob'",
        "start --data                            | Missing required parameter for option '--data'",
        "start extra                             | Unmatched argument",
        "start --listen nowhere                  | wants HOST:PORT",
        "start --listen 127.0.0.1:99999          | wants HOST:PORT",
        "start --listen 0.0.0.0:9092             | can be reached from other machines",
        "start --http 0.0.0.0:8080               | can be reached from other machines",
        "start --set listeners=PLAINTEXT://[::]:0 | other machines could reach it",
        "start --set listeners=PLAINTEXT://nowhere | the port is missing",
        "start --set num.partition=3             | did you mean num.partitions?",
        "start --set sasl.jaas.config=secret     | cannot be set",
        "start --set listeners=SSL://127.0.0.1:0 --data target/no-tls | ssl.keystore.location is missing",
        "topic list --command-config /not/there | there is no file /not/there",
        "start --set nonsense                    | wants NAME=VALUE",
        "start --config /does/not/exist          | there is no file /does/not/exist",
        "topic                                   | topic wants one of",
        "topic lst                               | did you mean list?",
        "topic create                            | Missing required parameter: 'TOPIC'",
        "topic create t --partitions many        | Invalid value for option '--partitions'",
        "topic create t --partitions 0           | wants a number from 1 on",
        "topic alter t                           | nothing to alter",
        "topic list --bootstrap here             | wants HOST:PORT",
        "produce                                 | Missing required parameter: 'TOPIC'",
        "produce t --json --key k                | carry their own keys",
        "consume t --max 0                       | wants a number from 1 on",
        "consume t --offset 5                    | a --partition beside it",
        "consume t --group g --partition 0       | leave out --partition",
        "spark                                   | spark wants one of",
        "spark run                               | Missing required parameter: 'JOB'",
        "spark run /not/there.yaml               | there is no job file /not/there.yaml",
        "spark check /not/there.yaml             | there is no job file /not/there.yaml",
        "spark run pom.xml --memory lots         | --memory wants a size",
        "spark run pom.xml --bootstrap here      | wants HOST:PORT",
        "spark run pom.xml --master yarn         | wants SPARK_HOME",
        "group                                   | group wants one of",
        "cluster                                 | cluster wants one of",
        "cluster drain                           | Missing required option: '--node-id=N'",
        "cluster import                          | Missing required option: '--from=HOST:PORT'",
        "cluster import --from here              | --from wants HOST:PORT",
        "cluster decommission --node-id x        | Invalid value for option '--node-id'",
        "start --http nowhere                    | wants HOST:PORT",
        "connector                               | connector wants one of",
        "connector lists                         | did you mean list?",
        "connector create x                      | connector.class is missing",
        "connector create /not/there.properties  | there is no file /not/there.properties",
        "connector list --http here              | --http wants HOST:PORT",
        "connector logs x --lines 0              | wants a number from 1 on",
        "connector offsets x --reset --set f     | mutually exclusive",
        "connector offsets x --set /not/there    | there is no file /not/there",
        "plugin                                  | plugin wants one of",
        "plugin install nonesuch                 | no plug-in is known as 'nonesuch'",
        "plugin install a:b                      | Maven coordinates are GROUP:ARTIFACT:VERSION",
        "plugin install mongodb@../x             | is no part of Maven coordinates",
        "start --set node.drain=true             | ./naru cluster drain empties one that runs",
        "group reset-offsets g --topic t         | --to-earliest",
        "group reset-offsets g --topic t --to-latest --to-earliest | mutually exclusive",
      })
  void mistakeIsOneSentenceAndExitCode2(String line, String sentence) {
    FakeTerminal terminal = new FakeTerminal("");
    int exitCode = Main.run(line.strip().split(" "), terminal.terminal());
    assertEquals(2, exitCode, terminal.err());
    assertTrue(terminal.err().contains(sentence.strip()), terminal.err());
    assertEquals(1, terminal.err().strip().lines().count(), terminal.err());
    assertEquals("", terminal.out());
  }

  @Test
  void nobodyAtTheAddressIsAFailureInOneSentence() {
    FakeTerminal terminal = new FakeTerminal("");
    String[] arguments = {"topic", "list", "--bootstrap", "127.0.0.1:1"};
    assertEquals(1, Main.run(arguments, terminal.terminal()));
    assertEquals(
        "naru: no node answers at 127.0.0.1:1; start one with ./naru start",
        terminal.err().strip());
  }

  @Test
  void nobodyAtTheHttpAddressIsAFailureInOneSentence() {
    FakeTerminal terminal = new FakeTerminal("");
    String[] arguments = {"connector", "list", "--http", "127.0.0.1:1"};
    assertEquals(1, Main.run(arguments, terminal.terminal()));
    assertTrue(
        terminal.err().startsWith("naru: no node answers at 127.0.0.1:1; start one with"),
        terminal.err());
    assertEquals(1, terminal.err().strip().lines().count());
  }

  @Test
  void debugShowsTheTrace() {
    FakeTerminal terminal = new FakeTerminal("");
    String[] arguments = {"topic", "list", "--bootstrap", "127.0.0.1:1", "--debug"};
    assertEquals(1, Main.run(arguments, terminal.terminal()));
    assertTrue(terminal.err().contains("ConnectException"), terminal.err());
  }

  static Stream<CommandLine> commands() {
    return below(CommandTree.commandLine(new FakeTerminal("").terminal()));
  }

  private static Stream<CommandLine> below(CommandLine command) {
    return command.getSubcommands().values().stream()
        .flatMap(child -> Stream.concat(Stream.of(child), below(child)));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItselfWithAnExample(CommandLine command) {
    String[] path = (command.getCommandSpec().qualifiedName() + " --help").split(" ");
    String[] arguments = Stream.of(path).skip(1).toArray(String[]::new);
    FakeTerminal terminal = new FakeTerminal("");
    assertEquals(0, Main.run(arguments, terminal.terminal()));
    assertTrue(terminal.out().contains("Example"), terminal.out());
    assertTrue(terminal.out().contains("./naru "), terminal.out());
    assertFalse(command.getCommandSpec().usageMessage().description().length == 0);
  }
}

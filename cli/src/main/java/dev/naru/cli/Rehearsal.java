package dev.naru.cli;

import dev.naru.cli.node.Node;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A short life of a node and of the commands against it, for the JVM to archive the classes that
 * they load. The launcher runs it once for each JVM; nothing that it does stays.
 */
final class Rehearsal {
  private Rehearsal() {}

  public static void main(String[] arguments) throws IOException {
    Logging.configure(List.of());
    Path data = Files.createTempDirectory("naru-rehearsal");
    try {
      rehearse(data);
    } finally {
      Folders.delete(data);
    }
    System.exit(0);
  }

  private static void rehearse(Path data) {
    Map<String, String> settings =
        Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", data.toString());
    try (Node node = Node.start(settings)) {
      String at = "--bootstrap=" + node.address();
      run("", "topic", "create", "rehearsal", at);
      run("", "topic", "describe", "rehearsal", at);
      run("one\ntwo\n", "produce", "rehearsal", at);
      run("{\"key\":\"k\",\"value\":\"v\"}\n", "produce", "rehearsal", "--json", at);
      run("", "consume", "rehearsal", "--from-beginning", "--max=3", "--json", at);
      run("", "consume", "rehearsal", "--group=g", "--from-beginning", "--max=3", at);
      run("", "group", "list", at);
      run("", "group", "describe", "g", at);
      run("", "--help");
    }
  }

  private static void run(String input, String... arguments) {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            nowhere,
            System.err,
            false);
    int exitCode = Main.run(arguments, terminal);
    if (exitCode != 0) {
      System.err.println("rehearsal of " + String.join(" ", arguments) + " ended with " + exitCode);
    }
  }
}

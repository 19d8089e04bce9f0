package dev.naru.proving.foreign;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The command line client of librdkafka. */
final class Kcat {
  /** The fields of a {@link Line}. */
  private static final String FORMAT = "%t\\t%p\\t%T\\t%k\\t%s\\t%h\\n";

  private Kcat() {}

  /** Runs kcat with these arguments and returns the lines that it printed. */
  static List<String> run(String bootstrap, String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("kcat", "-b", bootstrap));
    command.addAll(List.of(arguments));
    return Scripts.run(Path.of("."), Map.of(), command, input);
  }

  /** Writes lines of one partition with the same headers; the target is these three. */
  static void write(String bootstrap, String codec, List<String> target, List<Line> lines) {
    List<String> arguments =
        new ArrayList<>(List.of("-P", "-t", target.get(0), "-p", target.get(1), "-z", codec));
    arguments.addAll(List.of("-K", "\\t", "-Z", "-X", "linger.ms=50", "-X", "acks=all"));
    for (String header : target.get(2).split(",")) {
      if (!header.isEmpty()) {
        arguments.addAll(List.of("-H", header));
      }
    }
    String input =
        lines.stream()
            .map(line -> empty(line.key()) + "\t" + empty(line.value()))
            .collect(Collectors.joining("\n", "", "\n"));
    run(bootstrap, input, arguments.toArray(String[]::new));
  }

  /** With -Z, kcat writes a null for what is empty. */
  private static String empty(String field) {
    return field.equals(Line.NULL) ? "" : field;
  }

  /** Everything in these topics, as the only member of a group of its own. */
  static List<String> read(String bootstrap, List<String> topics) {
    List<String> arguments =
        new ArrayList<>(List.of("-G", Clients.unique("kcat"), "-e", "-q", "-Z", "-f", FORMAT));
    arguments.addAll(List.of("-X", "auto.offset.reset=earliest"));
    arguments.addAll(topics);
    return run(bootstrap, "", arguments.toArray(String[]::new));
  }
}

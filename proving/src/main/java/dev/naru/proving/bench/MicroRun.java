package dev.naru.proving.bench;

import dev.naru.cli.CliException;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Terminal;
import dev.naru.proving.bench.report.Machine;
import dev.naru.proving.bench.report.MicroReport;
import dev.naru.proving.micro.MicroBenchmarks;
import dev.naru.proving.micro.MicroBenchmarks.Effort;
import dev.naru.proving.micro.MicroBenchmarks.FailedException;
import dev.naru.proving.micro.MicroResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** {@code naru bench --micro}: the pieces alone, with JMH, without any node. */
final class MicroRun {
  private final Terminal terminal;

  MicroRun(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Measures and shows.
   *
   * @param regex which benchmarks; empty for all
   * @param json where to write the figures, too; null for nowhere
   */
  void run(String regex, Path json) throws IOException {
    Pattern chosen = pattern(regex);
    StatusLine status = new StatusLine(terminal);
    Machine machine = Machine.here();
    List<MicroResult> results;
    try {
      results =
          MicroBenchmarks.run(
              chosen, Effort.USUAL, (name, place) -> status.show(name + ", " + place));
    } catch (FailedException e) {
      throw CliException.failure(e.getMessage());
    } finally {
      status.leave();
    }
    terminal.say("");
    MicroReport.print(terminal.out(), machine, results);
    if (json != null) {
      MicroReport.write(json, machine, results);
    }
  }

  private static Pattern pattern(String regex) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw CliException.mistake(
          "--micro wants a regular expression, not '" + regex + "': " + e.getDescription());
    }
    if (MicroBenchmarks.names().stream().noneMatch(pattern.asPredicate())) {
      throw CliException.mistake(
          "no benchmark matches '"
              + regex
              + "'; there are "
              + String.join(", ", MicroBenchmarks.names()));
    }
    return pattern;
  }
}

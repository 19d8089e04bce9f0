package dev.naru.cli;

import picocli.CommandLine.Option;

/**
 * What every command understands. {@link Logging} and {@link Main} look at the last two themselves,
 * early.
 */
public class CommonOptions {
  @Option(names = "--help", usageHelp = true, description = "Show this and exit.")
  boolean help;

  @Option(names = "--verbose", description = "Say more about what happens, on standard error.")
  boolean verbose;

  @Option(names = "--debug", description = "As --verbose, with stack traces.")
  boolean debug;

  /** Whether more is to be said of what happens; {@code --debug} means that too. */
  public boolean verbose() {
    return verbose || debug;
  }

  /** Whether stack traces are wanted. */
  public boolean debug() {
    return debug;
  }
}

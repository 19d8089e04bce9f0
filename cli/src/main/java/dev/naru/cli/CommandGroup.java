package dev.naru.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that says nothing without one of its subcommands. */
public abstract class CommandGroup extends CommonOptions implements Runnable {
  /** Where the subcommands write to. */
  protected final Terminal terminal;

  @Spec private CommandSpec spec;

  protected CommandGroup(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public final void run() {
    throw CliException.mistake(
        spec.name()
            + " wants one of "
            + String.join(", ", spec.subcommands().keySet())
            + " (see ./"
            + spec.qualifiedName()
            + " --help)");
  }
}

package dev.naru.cli;

import dev.naru.cli.start.StartOptions;
import java.util.Arrays;
import java.util.List;

/**
 * The entry point. {@code start} with plain options goes straight to the node: reflection over
 * every command's options would cost more than opening the log does. Everything else, help and
 * mistakes included, goes through picocli.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Logging.configure(Arrays.asList(arguments));
    Terminal terminal = Terminal.system();
    int exitCode = run(arguments, terminal);
    terminal.out().flush();
    if (exitCode != 0 || !isNode(arguments)) {
      System.exit(exitCode);
    }
  }

  static int run(String[] arguments, Terminal terminal) {
    if (isNode(arguments)) {
      List<String> options = Arrays.asList(arguments).subList(1, arguments.length);
      StartOptions plain = StartOptions.plain(options);
      if (plain != null) {
        try {
          return plain.start(terminal);
        } catch (CliException e) {
          return Failures.report(e, terminal, options.contains("--debug"));
        }
      }
    }
    return CommandTree.run(arguments, terminal);
  }

  private static boolean isNode(String[] arguments) {
    return arguments.length > 0 && arguments[0].equals("start");
  }
}

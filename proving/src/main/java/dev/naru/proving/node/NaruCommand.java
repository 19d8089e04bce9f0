package dev.naru.proving.node;

import java.util.ArrayList;
import java.util.List;

/** How the {@code naru} command is started. */
public final class NaruCommand {
  private NaruCommand() {}

  /**
   * The command line up to the subcommand: the launcher's, or java on the jars that the build left.
   *
   * @param options for the JVM
   */
  public static List<String> java(String... options) {
    String launcher = System.getProperty("naru.launcher");
    if (launcher != null) {
      return options.length == 0
          ? List.of(launcher)
          : List.of("env", "NARU_JAVA_OPTS=" + String.join(" ", options), launcher);
    }
    List<String> command = new ArrayList<>();
    command.add(Places.java());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", Places.naruJars() + "/*", "dev.naru.cli.Main"));
    return command;
  }
}

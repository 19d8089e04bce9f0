package dev.naru.proving.node;

import java.util.List;

/** How the {@code naru} command is started. */
public final class NaruCommand {
  private NaruCommand() {}

  /**
   * The command line up to the subcommand: the launcher's, or java on the jars that the build left.
   */
  public static List<String> java() {
    String launcher = System.getProperty("naru.launcher");
    return launcher != null
        ? List.of(launcher)
        : List.of(
            Places.java(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            Places.naruJars() + "/*",
            "dev.naru.cli.Main");
  }
}

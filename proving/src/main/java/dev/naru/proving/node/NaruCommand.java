package dev.naru.proving.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the {@code naru} command is started. */
public final class NaruCommand {
  /** From here on a JVM warns of what Netty and others do with Unsafe, unless it is allowed. */
  private static final int JVM_THAT_WARNS_OF_UNSAFE = 23;

  private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");

  private NaruCommand() {}

  /**
   * The command line up to the subcommand: the launcher's, or java on the jars that the build left.
   *
   * @param options for the JVM
   */
  public static List<String> java(String... options) {
    return java(NodeSite.LOOPBACK.withJvmOptions(options));
  }

  /**
   * As above, with the site's options for the JVM, and its classes before the product's; with a
   * launcher there can be none of those.
   */
  public static List<String> java(NodeSite site) {
    List<String> options = site.jvmOptions();
    List<Path> classPath = site.classPath();
    String launcher = System.getProperty("naru.launcher");
    if (launcher != null) {
      if (!classPath.isEmpty()) {
        throw new IllegalStateException("the launcher takes no other classes than its own");
      }
      return options.isEmpty()
          ? List.of(launcher)
          : List.of("env", "NARU_JAVA_OPTS=" + String.join(" ", options), launcher);
    }
    List<String> command = new ArrayList<>();
    command.add(Places.java());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (version(Path.of(Places.java())) >= JVM_THAT_WARNS_OF_UNSAFE) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(options);
    StringBuilder path = new StringBuilder();
    classPath.forEach(each -> path.append(each).append(':'));
    command.addAll(List.of("-cp", path + "" + Places.naruJars() + "/*", "dev.naru.cli.Main"));
    return command;
  }

  /** The feature release of a JVM, from the file that lies beside every one of them. */
  private static int version(Path java) {
    try {
      Path release = java.toRealPath().getParent().resolveSibling("release");
      Matcher version = VERSION.matcher(Files.readString(release));
      if (!version.find()) {
        throw new IllegalStateException(release + " does not tell the version of " + java);
      }
      return Integer.parseInt(version.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell the version of " + java, e);
    }
  }
}

package dev.naru.proving.peers;

import dev.naru.proving.Program;
import dev.naru.proving.node.Places;
import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** One of our programs that use Kafka Streams or Apache Kafka's tools. */
final class Peer extends Program {
  private static final String PACKAGE = "dev.naru.proving.peers.";

  private Peer(ProcessBuilder builder) {
    super(builder);
  }

  /** Starts a program whose standard streams are pipes, except the error stream: a file. */
  static Peer piped(File errors, String program, String... arguments) {
    return new Peer(
        new ProcessBuilder(command(PACKAGE + program, arguments))
            .redirectError(ProcessBuilder.Redirect.appendTo(errors)));
  }

  /** Starts a program that says into this file what it has to say. */
  static Peer logging(File log, String program, String... arguments) {
    return new Peer(
        new ProcessBuilder(command(PACKAGE + program, arguments))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log)));
  }

  /** The command line of a main class on the tools' class path, one of ours or of Apache Kafka. */
  static List<String> command(String type, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Places.java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                Places.toolsClasses() + File.pathSeparator + Places.toolsJars() + "/*",
                type));
    command.addAll(List.of(arguments));
    return command;
  }
}

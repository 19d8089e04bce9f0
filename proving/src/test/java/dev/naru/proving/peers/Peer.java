package dev.naru.proving.peers;

import dev.naru.proving.Clients;
import dev.naru.proving.node.Places;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One of our programs that use Kafka Streams or Apache Kafka's tools, in a process of its own that
 * does not outlive this JVM. One thread at a time.
 */
final class Peer implements AutoCloseable {
  private static final String PACKAGE = "dev.naru.proving.peers.";

  private final Process process;
  private final Thread reaper;

  private Peer(Process process) {
    this.process = process;
    reaper = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  /** Starts a program whose standard streams are pipes, except the error stream: a file. */
  static Peer piped(File errors, String program, String... arguments) {
    return start(
        new ProcessBuilder(command(PACKAGE + program, arguments))
            .redirectError(ProcessBuilder.Redirect.appendTo(errors)));
  }

  /** Starts a program that says into this file what it has to say. */
  static Peer logging(File log, String program, String... arguments) {
    return start(
        new ProcessBuilder(command(PACKAGE + program, arguments))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log)));
  }

  private static Peer start(ProcessBuilder builder) {
    try {
      return new Peer(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  Process process() {
    return process;
  }

  /** As {@code kill -9} does. */
  void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** As {@code kill} does: the program may put its things in order. */
  void stop() {
    process.destroy();
    awaitExit();
  }

  /** As a machine does that stands still: the program notices only later. */
  void pause() {
    signal("STOP");
  }

  void goOn() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (code != 0) {
        throw new AssertionError("kill -" + name + " ended with " + code + ": " + process);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits for the program's own end and returns its exit code. */
  int awaitExit() {
    try {
      if (!process.waitFor(Clients.DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("did not end in time: " + process);
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (IllegalStateException shuttingDown) {
      // The hook itself is about to do what is wanted.
      return;
    }
  }
}

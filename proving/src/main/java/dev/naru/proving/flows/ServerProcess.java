package dev.naru.proving.flows;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A database server in a process of its own, a child of this JVM that does not outlive it. */
final class ServerProcess implements AutoCloseable {
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);
  private static final long ASK_AGAIN_MS = 50;
  private static final long STOP_PATIENCE_S = 20;
  private static final int LOG_CHARS = 2_000;

  private final String name;
  private final Path log;
  private final String endSignal;
  private final Process process;
  private final Thread reaper;

  /**
   * Starts it; all that it says goes to the log.
   *
   * @param endSignal what makes it end soon, whoever is connected; without {@code SIG}
   */
  ServerProcess(String name, Path log, String endSignal, List<String> command) throws IOException {
    this.name = name;
    this.log = log;
    this.endSignal = endSignal;
    this.process = start(log, command);
    this.reaper = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  private static Process start(Path log, List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .redirectInput(new File("/dev/null"))
        .start();
  }

  /** Runs what must come to a good end, such as what prepares a server's folder. */
  static void run(String name, Path log, List<String> command) throws IOException {
    Process process = start(log, command);
    try {
      if (!process.waitFor(START_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(name + " did not end in time" + end(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + name + " ran", e);
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new IOException(name + " ended with " + process.exitValue() + end(log));
    }
  }

  /** The first of these programs that is installed. */
  static Path installed(String name, String debianPackage, Stream<Path> places) throws IOException {
    return places
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "there is no " + name + " here; install Debian's " + debianPackage));
  }

  /** Waits until it serves; fails with what it said when it ends instead. */
  void awaitServing(Await.Condition serves) {
    Await.until(
        name + " serves",
        START_PATIENCE,
        ASK_AGAIN_MS,
        () -> {
          if (!process.isAlive()) {
            throw new IllegalStateException(name + " did not start" + end(log));
          }
          return serves.holds();
        });
  }

  private static String end(Path log) {
    try {
      String said = Files.readString(log, StandardCharsets.ISO_8859_1).strip();
      return "; it said: " + said.substring(Math.max(0, said.length() - LOG_CHARS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks it to end, as an operator would, and ends it when it does not. */
  @Override
  public void close() {
    try {
      new ProcessBuilder("kill", "-" + endSignal, String.valueOf(process.pid()))
          .inheritIO()
          .start();
      if (!process.waitFor(STOP_PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (IOException e) {
      process.destroyForcibly();
      throw new UncheckedIOException("cannot end " + name, e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IllegalStateException shuttingDown) {
      // The hook does what this would do.
      return;
    }
  }
}

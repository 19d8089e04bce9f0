package dev.naru.proving.bench.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A {@link BareServer} in a JVM of its own. */
public final class BareNode implements AutoCloseable {
  private static final String READY = "ready ";
  private static final long START_PATIENCE_S = 30;

  private final Process process;
  private final Thread reaper;
  private final Path directory;
  private final int port;

  private BareNode(Process process, Thread reaper, Path directory, int port) {
    this.process = process;
    this.reaper = reaper;
    this.directory = directory;
    this.port = port;
  }

  /**
   * Starts it on empty files.
   *
   * @param force whether an acknowledgement waits for {@code fdatasync}
   */
  public static BareNode start(Path directory, boolean force) throws IOException {
    Files.createDirectories(directory);
    Path log = directory.resolve("bare.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=1g",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                BareServer.class.getName(),
                directory.toString(),
                force ? "force" : "no-force")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Thread reaper = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(reaper);
    return new BareNode(process, reaper, directory, awaitPort(process, log));
  }

  private static int awaitPort(Process process, Path log) throws IOException {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_PATIENCE_S);
    while (true) {
      String said = Files.readString(log);
      if (said.startsWith(READY) && said.endsWith("\n")) {
        return Integer.parseInt(said.lines().findFirst().orElse("").substring(READY.length()));
      }
      if (!process.isAlive() || System.nanoTime() > deadlineNs) {
        process.destroyForcibly();
        throw new IOException("the bare server did not start: " + said);
      }
      BenchNode.pause(5);
    }
  }

  public int port() {
    return port;
  }

  public ProcessMeter meter() {
    return new ProcessMeter(process.pid());
  }

  /** How many bytes it has stored. */
  public long storedBytes() throws IOException {
    long bytes = 0;
    for (Path file : BareServer.files(directory)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(START_PATIENCE_S, TimeUnit.SECONDS);
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException shuttingDown) {
      // The hook does what this would do.
      return;
    }
  }
}

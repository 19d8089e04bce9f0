package dev.naru.proving.node;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What both kinds of node have in common: the process, its port, its log file, its death. */
abstract class ProcessNode implements TestNode {
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(5);

  protected final Path directory;
  protected final Map<String, String> settings;
  private final Map<String, String> environment;
  private final String host;
  private final int port;
  private final int tlsPort;
  private final Path logFile;
  private Process process;
  private long logStart;
  private Reaper reaper;

  /**
   * Ends a process together with this JVM. Registered before there is a process: when this JVM is
   * ending already, that fails, and none is started.
   */
  private static final class Reaper extends Thread {
    private Process charge;
    private boolean ending;

    synchronized void watch(Process process) {
      charge = process;
      if (ending) {
        process.destroyForcibly();
      }
    }

    @Override
    public synchronized void run() {
      ending = true;
      if (charge != null) {
        charge.destroyForcibly();
      }
    }
  }

  ProcessNode(Path directory, Map<String, String> settings, Map<String, String> environment) {
    this(directory, "127.0.0.1", FreePort.next(), settings, environment);
  }

  ProcessNode(
      Path directory,
      String host,
      int port,
      Map<String, String> settings,
      Map<String, String> environment) {
    this.directory = directory;
    this.host = host;
    this.environment = Map.copyOf(environment);
    this.port = port;
    this.settings = new TreeMap<>(settings);
    boolean tls = settings.values().stream().anyMatch(value -> value.contains("{tls-port}"));
    this.tlsPort = tls ? FreePort.next() : 0;
    this.settings.replaceAll(
        (name, value) -> value.replace("{port}", port + "").replace("{tls-port}", tlsPort + ""));
    this.logFile = directory.resolve("node.log");
  }

  /** The command line; called once for every launch. */
  protected abstract List<String> command() throws IOException;

  /** Whether clients can be served, asked again and again while the process lives. */
  protected abstract boolean isReady() throws IOException;

  protected Duration startDeadline() {
    return START_DEADLINE;
  }

  @Override
  public void start() {
    launch();
    awaitReady();
  }

  @Override
  public void launch() {
    if (isAlive()) {
      throw new IllegalStateException("the node runs already");
    }
    dropReaper();
    Reaper next = new Reaper();
    Runtime.getRuntime().addShutdownHook(next);
    reaper = next;
    try {
      Files.createDirectories(directory);
      logStart = Files.exists(logFile) ? Files.size(logFile) : 0;
      ProcessBuilder builder = new ProcessBuilder(command()).redirectErrorStream(true);
      builder.environment().putAll(environment);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
      builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
      process = builder.start();
      next.watch(process);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + kind(), e);
    }
  }

  @Override
  public void awaitReady() {
    long deadlineNs = System.nanoTime() + startDeadline().toNanos();
    try {
      while (!isReady()) {
        if (!process.isAlive()) {
          throw new IllegalStateException(
              kind()
                  + " ended with "
                  + process.exitValue()
                  + " before it was ready:\n"
                  + newOutput());
        }
        if (System.nanoTime() > deadlineNs) {
          throw new IllegalStateException(kind() + " was not ready in time:\n" + newOutput());
        }
        Thread.sleep(POLL.toMillis());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + kind(), e);
    }
  }

  /** What the process printed since its last launch. */
  protected final String newOutput() throws IOException {
    if (!Files.exists(logFile)) {
      return "";
    }
    byte[] all = Files.readAllBytes(logFile);
    int from = (int) Math.min(logStart, all.length);
    return new String(all, from, all.length - from, StandardCharsets.UTF_8);
  }

  @Override
  public String bootstrap() {
    return host + ":" + port;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public int tlsPort() {
    return tlsPort;
  }

  @Override
  public ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  @Override
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  @Override
  public int stop() {
    process.destroy();
    return awaitExit();
  }

  private int awaitExit() {
    try {
      if (!process.waitFor(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(kind() + " did not stop in time, see " + logFile);
      }
      dropReaper();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the end of " + kind(), e);
    }
  }

  private void dropReaper() {
    if (reaper == null) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (IllegalStateException shuttingDown) {
      // The hook itself is about to do what is wanted.
      return;
    }
    reaper = null;
  }

  @Override
  public Path logFile() {
    return logFile;
  }

  @Override
  public void close() {
    if (isAlive()) {
      kill();
    }
  }
}

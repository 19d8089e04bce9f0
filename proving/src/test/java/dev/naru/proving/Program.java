package dev.naru.proving;

import dev.naru.proving.node.Standstill;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** A program in a process of its own that does not outlive this JVM. One thread at a time. */
public class Program implements AutoCloseable {
  private final Process process;
  private final Thread reaper;

  public Program(ProcessBuilder builder) {
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    reaper = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  public Process process() {
    return process;
  }

  /** As {@code kill -9} does. */
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** As {@code kill} does: the program may put its things in order. Returns its exit code. */
  public int stop() {
    process.destroy();
    return awaitExit();
  }

  /** As a machine does that stands still: the program notices only later. */
  public void pause() {
    Standstill.begin(process.toHandle());
  }

  public void goOn() {
    Standstill.end(process.toHandle());
  }

  /** Waits for the program's own end and returns its exit code. */
  public int awaitExit() {
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

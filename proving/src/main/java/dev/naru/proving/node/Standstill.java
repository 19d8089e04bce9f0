package dev.naru.proving.node;

import dev.naru.proving.bench.node.ProcessMeter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Processes that stand still for a while, and know nothing of it. Linux only. */
public final class Standstill {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final long STEP_NS = Duration.ofMillis(1).toNanos();

  private Standstill() {}

  /**
   * SIGSTOP. Returns when no thread of the process runs any more: on a busy machine that can be
   * long after the signal was sent, and a server may well answer a request in between.
   *
   * @throws IllegalStateException it could not be stopped
   */
  public static void begin(ProcessHandle process) {
    signal("STOP", process);
    ProcessMeter meter = new ProcessMeter(process.pid());
    long deadlineNs = System.nanoTime() + DEADLINE.toNanos();
    while (!meter.isStopped()) {
      if (System.nanoTime() - deadlineNs > 0) {
        throw new IllegalStateException("Process " + process.pid() + " goes on after SIGSTOP");
      }
      LockSupport.parkNanos(STEP_NS);
    }
  }

  /**
   * SIGCONT: the process goes on where it stood.
   *
   * @throws IllegalStateException it is not there
   */
  public static void end(ProcessHandle process) {
    signal("CONT", process);
  }

  private static void signal(String name, ProcessHandle process) {
    String what = "SIG" + name + " to process " + process.pid();
    try {
      Process kill =
          new ProcessBuilder("bash", "-c", "kill -" + name + " " + process.pid())
              .inheritIO()
              .start();
      if (!kill.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("cannot send " + what);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot send " + what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

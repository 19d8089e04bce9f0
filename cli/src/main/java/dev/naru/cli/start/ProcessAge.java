package dev.naru.cli.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * How long this process has existed, the launcher's part included: {@code exec} keeps the process,
 * so its start is when the user pressed return. The JDK only knows that to the second, for it adds
 * the boot time, which Linux gives in seconds.
 */
final class ProcessAge {
  private static final Path STAT = Path.of("/proc/self/stat");
  private static final Path UPTIME = Path.of("/proc/uptime");

  /** Linux tells user space of 100 ticks a second on every platform that Java runs on. */
  private static final long TICK_MS = 10;

  /**
   * The start time is field 22; 19 fields after the state, which follows the name's closing
   * bracket.
   */
  private static final int START_AFTER_NAME = 19;

  private static final long LOADED_NS = System.nanoTime();

  private ProcessAge() {}

  /**
   * Milliseconds since the process began, to 10 ms; since this class was loaded where the system
   * does not tell.
   */
  static long ms() {
    try {
      String stat = Files.readString(STAT);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long startedMs = Long.parseLong(fields[START_AFTER_NAME]) * TICK_MS;
      String uptime = Files.readString(UPTIME);
      long nowMs = Math.round(Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1000);
      return Math.max(0, nowMs - startedMs);
    } catch (IOException | RuntimeException e) {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - LOADED_NS);
    }
  }
}

package dev.naru.broker.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many descriptors the operating system gives this process. */
final class FileDescriptors {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+)");
  private static final int RESERVE_MAX = 512;

  private FileDescriptors() {}

  /**
   * How many of them connections may take, so that logs can still be opened; no limit where the
   * system does not tell.
   */
  static int forConnections() {
    try {
      Matcher limit = OPEN_FILES.matcher(Files.readString(LIMITS));
      return limit.find() ? forConnections(Long.parseLong(limit.group(1))) : Integer.MAX_VALUE;
    } catch (IOException | NumberFormatException e) {
      // Not Linux, or no limit at all.
      return Integer.MAX_VALUE;
    }
  }

  /** A quarter is kept for files, of a small number more. */
  static int forConnections(long limit) {
    long kept = Math.max(limit / 4, Math.min(RESERVE_MAX, limit / 2));
    return (int) Math.min(Integer.MAX_VALUE, limit - kept);
  }
}

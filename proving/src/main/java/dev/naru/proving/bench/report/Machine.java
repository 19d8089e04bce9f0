package dev.naru.proving.bench.report;

import dev.naru.proving.node.Places;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Where figures come from.
 *
 * @param cpu the processor's name
 * @param memoryMb in 10⁶ bytes
 * @param system kernel, its version, and how its TCP controls congestion
 * @param java the version that nodes and load ran on
 * @param load of one minute, as the system counts it, when it was asked; the bench's own is not in
 *     it when that was before the run
 * @param commit of this project, with a plus behind it when files were changed since
 * @param date in UTC
 */
public record Machine(
    String cpu,
    int cores,
    long memoryMb,
    String system,
    String java,
    double load,
    String commit,
    String date) {
  private static final long GIT_PATIENCE_S = 10;

  public static Machine here() {
    return new Machine(
        field("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(field("/proc/meminfo", "MemTotal").replace("kB", "").strip())
            * 1024
            / 1_000_000,
        System.getProperty("os.name") + " " + System.getProperty("os.version") + congestion(),
        System.getProperty("java.version"),
        loadAverage(),
        head(),
        LocalDate.now(ZoneOffset.UTC).toString());
  }

  /** BBR paces loopback too, which costs both more than anything that they do themselves. */
  private static String congestion() {
    try {
      Path file = Path.of("/proc/sys/net/ipv4/tcp_congestion_control");
      return " (tcp " + Files.readString(file).strip() + ")";
    } catch (IOException notLinux) {
      return "";
    }
  }

  private static double loadAverage() {
    try {
      return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    } catch (IOException e) {
      return 0;
    }
  }

  private static String field(String file, String name) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("0");
    } catch (IOException e) {
      return "0";
    }
  }

  private static String head() {
    String hash = git("rev-parse", "--short=12", "HEAD");
    if (hash.isEmpty()) {
      return "unknown";
    }
    return git("status", "--porcelain", "--untracked-files=no").isEmpty() ? hash : hash + "+";
  }

  private static String git(String... arguments) {
    List<String> command =
        new java.util.ArrayList<>(List.of("git", "-C", Places.root().toString()));
    command.addAll(List.of(arguments));
    try {
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor(GIT_PATIENCE_S, TimeUnit.SECONDS) && git.exitValue() == 0
          ? said.strip()
          : "";
    } catch (IOException notThere) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** All of it in a line. */
  public String sentence() {
    return "%s, %d cores, %d GB, %s, Java %s, load before the run %.1f; commit %s, %s"
        .formatted(cpu, cores, Math.round(memoryMb / 1e3), system, java, load, commit, date);
  }
}

package dev.naru.proving.bench.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the operating system says about a process: Linux' {@code /proc/PID}. */
public final class ProcessMeter {
  /** Linux tells user space of 100 ticks a second on every platform that Java runs on. */
  private static final double TICKS_PER_SECOND = 100;

  /** Fields of {@code stat} after the name's closing bracket. */
  private static final int STATE = 0;

  private static final int USER_TICKS = 11;

  private static final int SYSTEM_TICKS = 12;

  private static final String STOPPED = "T";

  private final Path process;

  public ProcessMeter(long pid) {
    this.process = Path.of("/proc", Long.toString(pid));
  }

  /** Whether this system can be asked. */
  public static boolean works() {
    return Files.isReadable(Path.of("/proc/self/stat"));
  }

  /**
   * Seconds that all threads of the process have spent on a CPU, in user space and in the kernel.
   */
  public double cpuSeconds() {
    String[] fields = fields(read("stat"));
    long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
    return ticks / TICKS_PER_SECOND;
  }

  /** Resident memory in MB (10⁶ bytes), pages of shared libraries and mapped files included. */
  public double residentMb() {
    return number("status", "VmRSS:") * 1024 / 1e6;
  }

  /** As above, where a page that n processes share counts as 1/n of a page. */
  public double proportionalMb() {
    return number("smaps_rollup", "Pss:") * 1024 / 1e6;
  }

  /**
   * Resident memory in MB that is no file's page: what the system cannot take back while the
   * process wants it.
   */
  public double anonymousMb() {
    return number("status", "RssAnon:") * 1024 / 1e6;
  }

  public int threads() {
    return (int) number("status", "Threads:");
  }

  /** Bytes that were fetched from the disk for this process. */
  public long diskReadBytes() {
    return number("io", "read_bytes:");
  }

  /** Whether it was stopped by a signal, and no thread of it runs any more. */
  public boolean isStopped() {
    try (Stream<Path> threads = Files.list(process.resolve("task"))) {
      return threads.allMatch(thread -> STOPPED.equals(stateOf(thread)));
    } catch (IOException e) {
      throw cannotAsk(e);
    }
  }

  /** One letter; none for a thread that has ended since it was listed. */
  private static String stateOf(Path thread) {
    try {
      return fields(text(thread.resolve("stat")))[STATE];
    } catch (IOException e) {
      return "";
    }
  }

  /** What follows the name, which may have blanks and brackets in it. */
  private static String[] fields(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
  }

  private long number(String file, String name) {
    return read(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).replace("kB", "").strip())
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(process.resolve(file) + " has no " + name));
  }

  private String read(String file) {
    try {
      return text(process.resolve(file));
    } catch (IOException e) {
      throw cannotAsk(e);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private UncheckedIOException cannotAsk(IOException e) {
    return new UncheckedIOException("cannot ask the system about process " + process, e);
  }
}

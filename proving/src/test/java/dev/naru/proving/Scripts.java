package dev.naru.proving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs of other languages that are clients of the node under test. */
public final class Scripts {
  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private Scripts() {}

  /**
   * Runs one of the scripts beside the tests with the system's own Python, where Debian's packages
   * are.
   */
  public static List<String> python(String script, String... arguments) {
    return pythonWithInput(script, "", arguments);
  }

  /** As above, with this on its standard input. */
  public static List<String> pythonWithInput(String script, String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", source("python", script)));
    command.addAll(List.of(arguments));
    return run(Path.of("."), Map.of(), command, input);
  }

  /** The path of a file beside the tests. */
  public static String source(String language, String file) {
    return Path.of("src", "test", language, file).toAbsolutePath().toString();
  }

  /**
   * Runs a program to its end and returns the lines that it printed; fails with all its output when
   * it fails.
   */
  public static List<String> run(
      Path directory, Map<String, String> environment, List<String> command) {
    return run(directory, environment, command, "");
  }

  /** As above, with this input. */
  public static List<String> run(
      Path directory, Map<String, String> environment, List<String> command, String input) {
    Path files = SharedNode.newDirectory("script");
    Path out = files.resolve("out");
    Path err = files.resolve("err");
    try {
      Path in = Files.writeString(files.resolve("in"), input);
      ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.environment().putAll(environment);
      Process process =
          builder
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        if (!process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new AssertionError("not in time: " + command + said(out, err));
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            "ended with "
                + process.exitValue()
                + ": "
                + lastLine(err)
                + "\n"
                + command
                + said(out, err));
      }
      return Files.readAllLines(out, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What a summary of one line per failure shows: of a Python program, its exception. */
  private static String lastLine(Path file) throws IOException {
    List<String> lines = tail(file).strip().lines().toList();
    return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
  }

  private static String said(Path out, Path err) throws IOException {
    return "\n" + tail(out) + "\n" + tail(err);
  }

  private static String tail(Path file) throws IOException {
    String all = Files.readString(file, StandardCharsets.UTF_8);
    return all.substring(Math.max(0, all.length() - 4_000));
  }
}

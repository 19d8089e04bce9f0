package dev.naru.proving.pages;

import dev.naru.proving.Program;
import dev.naru.proving.Scripts;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** One of the reader's terminals: a bash that lives as long as the page is followed. One thread. */
final class Shell implements AutoCloseable {
  private final Program bash;
  private final OutputStream in;
  private final Path out;
  private final Path done;
  private final Path failed;
  private String typed = "";
  private long blocks;
  private long printedBefore;
  private int failedBefore;
  private Set<Long> jobsBefore = Set.of();

  /**
   * Opens a terminal.
   *
   * @param folder where its commands begin
   * @param log all that it shows; files beside it have what the shell itself tells
   */
  Shell(Path folder, Path log, Map<String, String> environment) {
    out = log;
    done = log.resolveSibling(log.getFileName() + ".done");
    failed = log.resolveSibling(log.getFileName() + ".failed");
    try {
      for (Path file : List.of(out, done, failed)) {
        Files.deleteIfExists(file);
        Files.createFile(file);
      }
      // A terminal of its own has no other one above it, and is not deaf to Ctrl-C.
      ProcessBuilder builder =
          new ProcessBuilder("env", "--default-signal=INT,QUIT,HUP,PIPE", "setsid", "bash")
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile());
      builder.environment().putAll(environment);
      builder.environment().put("WALK_FAILED", failed.toString());
      bash = new Program(builder);
      in = bash.process().getOutputStream();
      say(". " + quoted(Scripts.source("sh", "terminal.sh")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return bash.process().pid();
  }

  /** Types commands; what was typed before must have come to its end. */
  void type(String block) {
    if (isBusy()) {
      throw new IllegalStateException("the terminal is busy with: " + typed);
    }
    try {
      typed = block;
      printedBefore = Files.size(out);
      failedBefore = Files.readAllLines(failed).size();
      jobsBefore = children();
      blocks++;
      Path file = out.resolveSibling(out.getFileName() + "." + blocks);
      Files.writeString(file, block + "\n");
      say(". " + quoted(file.toString()) + " </dev/null");
      // On a line of its own: when a block is broken off, the next line is read all the same.
      say("echo >>" + quoted(done.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void say(String line) throws IOException {
    in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    in.flush();
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** Whether what was typed last has not come to its end; jobs in the background do not count. */
  boolean isBusy() {
    try {
      if (!bash.process().isAlive()) {
        throw new AssertionError("the shell ended with: " + typed + "\n" + printed());
      }
      return Files.size(done) < blocks;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was typed last. */
  String typed() {
    return typed;
  }

  /** What was shown since something was typed last. */
  String printed() {
    try {
      byte[] all = Files.readAllBytes(out);
      int from = (int) printedBefore;
      return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Which of the commands that were typed last failed, and how. */
  List<String> failures() {
    try {
      List<String> all = Files.readAllLines(failed);
      List<String> now = all.subList(failedBefore, all.size());
      // The block fails with its last command; when it does so alone, it could not be read.
      List<String> commands = now.stream().filter(line -> !line.startsWith(". '")).toList();
      return commands.isEmpty() ? now : commands;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ctrl-C: a signal for all processes of the job in the foreground, and for no other job. */
  void interrupt() {
    Set<Long> jobs = children();
    jobs.removeAll(jobsBefore);
    for (long job : jobs) {
      signal("-INT", job);
    }
  }

  private Set<Long> children() {
    return bash.process().children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  /** A job's processes are a group, named after the first of them. */
  private static void signal(String signal, long group) {
    try {
      // A job that ended in the meantime is what is wanted.
      new ProcessBuilder("kill", signal, "--", "-" + group)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    bash.close();
  }
}

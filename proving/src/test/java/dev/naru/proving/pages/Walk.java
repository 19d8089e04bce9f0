package dev.naru.proving.pages;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Follows a page from its first block to its last in a fresh copy of the project. The page must
 * show what is shown, and in the end leave nothing that runs and no files. Used by one thread.
 */
public final class Walk {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
  private static final Duration USUALLY_ENDED_WITHIN = Duration.ofSeconds(30);
  private static final int LINES_TOLD = 60;

  private final FreshCopy copy;
  private final Page page;
  private final Path logs;
  private final Set<String> have;
  private final Duration endedWithin;
  private final Map<String, Shell> shells = new LinkedHashMap<>();
  private final List<String> leftOut = new ArrayList<>();
  private int walked;

  /**
   * Prepares a walk.
   *
   * @param logs a folder for what each terminal shows
   * @param have what {@code needs=} names and is there, so that it is not left out
   */
  public Walk(FreshCopy copy, Page page, Path logs, Set<String> have) {
    this(copy, page, logs, have, USUALLY_ENDED_WITHIN);
  }

  /**
   * As above.
   *
   * @param endedWithin how long after the last block something may still run
   */
  Walk(FreshCopy copy, Page page, Path logs, Set<String> have, Duration endedWithin) {
    this.copy = copy;
    this.page = page;
    this.logs = logs;
    this.have = have;
    this.endedWithin = endedWithin;
  }

  /** Fails when somebody else has one of these ports, as {@code 127.0.0.1:9092}. */
  public static void requireFree(List<String> addresses) {
    for (String address : addresses) {
      int colon = address.indexOf(':');
      int port = Integer.parseInt(address.substring(colon + 1));
      try {
        new ServerSocket(port, 1, InetAddress.getByName(address.substring(0, colon))).close();
      } catch (IOException e) {
        throw new AssertionError(
            "the page's commands use " + address + ", and something else has it; end that first",
            e);
      }
    }
  }

  /**
   * Follows the page.
   *
   * @return what came of it, in one line
   * @throws AssertionError when something was not as the page says, with the line of the page
   */
  public String run() {
    long beganNs = System.nanoTime();
    try {
      Files.createDirectories(logs);
      for (Step step : page.steps()) {
        if (isLeftOut(step)) {
          leftOut.add(step.line() + " (" + step.leftOut() + ")");
        } else {
          follow(step);
          walked++;
        }
      }
      requireAllEnded();
      requireTidy();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      shells.values().forEach(Shell::close);
      copy.endAll();
      copy.tidy();
    }
    return String.format(
        "%s: %d blocks in %d terminals as the page says, %d s%s",
        page.name(),
        walked,
        shells.size(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganNs),
        leftOut.isEmpty() ? "" : "; left out were those of lines " + String.join(", ", leftOut));
  }

  private boolean isLeftOut(Step step) {
    return !step.leftOut().isEmpty() && !have.contains(step.leftOut().replace("needs=", ""));
  }

  private void follow(Step step) {
    Shell shell = shells.computeIfAbsent(step.terminal(), this::open);
    if (step.kind() == Step.Kind.KEYS) {
      press(step, shell);
      return;
    }
    long deadlineNs = System.nanoTime() + step.within().toNanos();
    if (!holdsBefore(deadlineNs, () -> !shell.isBusy())) {
      throw wrong(step, shell, "the terminal is still busy with: " + shell.typed());
    }
    while (!comesTrue(step, shell, deadlineNs)) {
      pause();
    }
  }

  /**
   * Types the block once.
   *
   * @return false when it is to be typed again
   */
  private boolean comesTrue(Step step, Shell shell, long deadlineNs) {
    shell.type(step.text());
    boolean ended =
        holdsBefore(deadlineNs, () -> !shell.isBusy() || (step.mayGoOn() && isSeen(step, shell)));
    if (!ended) {
      throw wrong(
          step, shell, step.mayGoOn() ? toBeShown(step) : "this did not come to its end in time");
    }
    boolean failed = !shell.failures().isEmpty();
    if (!failed && step.mayGoOn()) {
      // It may come from a job in the background.
      holdsBefore(deadlineNs, () -> isSeen(step, shell) || !shell.failures().isEmpty());
      failed = !shell.failures().isEmpty();
    }
    if (!failed && isSeen(step, shell)) {
      return true;
    }
    if (step.again() && System.nanoTime() < deadlineNs) {
      return false;
    }
    throw wrong(step, shell, failed ? "this failed: " + shell.failures() : toBeShown(step));
  }

  private static String toBeShown(Step step) {
    return "this was to be shown:\n" + step.shown() + "\n";
  }

  private static boolean isSeen(Step step, Shell shell) {
    return step.shown() == null || step.shown().isIn(shell.printed());
  }

  private void press(Step step, Shell shell) {
    if (!shell.isBusy()) {
      throw wrong(step, shell, "there is nothing that Ctrl-C could end");
    }
    shell.interrupt();
    long deadlineNs = System.nanoTime() + step.within().toNanos();
    if (!holdsBefore(deadlineNs, () -> !shell.isBusy() && isSeen(step, shell))) {
      throw wrong(step, shell, "Ctrl-C was to end this: " + shell.typed());
    }
  }

  private Shell open(String terminal) {
    String path = Path.of(Scripts.source("sh", "sudo")).getParent() + ":" + System.getenv("PATH");
    Map<String, String> environment =
        Map.of(FreshCopy.MARK, copy.folder().toString(), "PATH", path, "LC_ALL", "C.UTF-8");
    return new Shell(copy.folder(), logs.resolve(terminal + ".log"), environment);
  }

  // ---- The end ---------------------------------------------------------------------------------

  private void requireAllEnded() {
    List<Long> shellIds = shells.values().stream().map(Shell::pid).toList();
    long deadlineNs = System.nanoTime() + endedWithin.toNanos();
    if (!holdsBefore(deadlineNs, () -> others(shellIds).isEmpty())) {
      throw new AssertionError(
          page.name()
              + " does not say how to end these: "
              + others(shellIds).stream()
                  .map(process -> process.pid() + " " + process.info().commandLine().orElse("?"))
                  .collect(Collectors.joining("; ")));
    }
  }

  private List<ProcessHandle> others(List<Long> shellIds) {
    return copy.running().stream().filter(one -> !shellIds.contains(one.pid())).toList();
  }

  private void requireTidy() {
    List<Path> left = copy.leftFiles();
    if (!left.isEmpty()) {
      throw new AssertionError(page.name() + " does not say how to remove these: " + left);
    }
  }

  // ---- Time and words --------------------------------------------------------------------------

  private static boolean holdsBefore(long deadlineNs, Clients.Condition condition) {
    try {
      while (!condition.holds()) {
        if (System.nanoTime() > deadlineNs) {
          return false;
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
      return true;
    } catch (RuntimeException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(ASK_AGAIN.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private AssertionError wrong(Step step, Shell shell, String what) {
    List<String> lines = shell.printed().lines().toList();
    String told =
        String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_TOLD), lines.size()));
    return new AssertionError(
        String.format(
            "%s:%d: within %d s: %s%nTyped into terminal %s:%n%s%nIt showed:%n%s",
            page.name(),
            step.line(),
            step.within().toSeconds(),
            what,
            step.terminal(),
            step.text(),
            told));
  }
}

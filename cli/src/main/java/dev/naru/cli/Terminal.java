package dev.naru.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes: UTF-8, whatever the locale.
 *
 * @param in standard input
 * @param out standard output, buffered: flush what somebody waits for
 * @param err standard error
 * @param interactive whether standard output is a terminal, so that a line may be drawn over
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
  private static final int OUT_BUFFER_BYTES = 1 << 16;

  /** This process's own; the launcher tells by {@code naru.tty} whether a person looks on. */
  public static Terminal system() {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BUFFER_BYTES),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    return new Terminal(System.in, out, err, Boolean.getBoolean("naru.tty"));
  }

  /** Prints a line and shows it at once. */
  public void say(String line) {
    out.println(line);
    out.flush();
  }
}

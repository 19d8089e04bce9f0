package dev.naru.cli;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A short life of a node, and of the commands against it, for the JVM to archive the classes that
 * each of them loads: the node's in one archive, the commands' in another, so that an idle node
 * keeps nothing of a client in memory. The launcher runs it once for each JVM; nothing that it does
 * stays.
 */
final class Rehearsal {
  private static final String READY = "ready ";
  private static final String HTTP = "http ";
  private static final int STOP_SECONDS = 60;
  private static final int PORTS = 6;
  private static final int PORT_ATTEMPTS = 100;
  private static final int LOWEST_PORT = 20_000;
  private static final int HIGHEST_PORT = 32_000;

  private Rehearsal() {}

  /**
   * @param arguments the command that runs the node, which says {@code ready} and its address;
   *     {@code {port}} stands for a port that is free with those after it
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Logging.configure(List.of());
    String port = Integer.toString(freePort());
    Process node =
        new ProcessBuilder(
                Arrays.stream(arguments).map(word -> word.replace("{port}", port)).toList())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    boolean stopped;
    try (BufferedReader output = node.inputReader(StandardCharsets.UTF_8)) {
      rehearse(told(READY, output), told(HTTP, output));
    } finally {
      node.destroy();
      stopped = node.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
      node.destroyForcibly();
    }
    System.exit(stopped && node.exitValue() == 0 ? 0 : 1);
  }

  /** The first of as many as a node of a cluster takes. */
  private static int freePort() throws IOException {
    for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      int first = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
      if (IntStream.range(first, first + PORTS).allMatch(Rehearsal::isFree)) {
        return first;
      }
    }
    throw new IOException("no " + PORTS + " free ports");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** The word that the node says after another one. */
  private static String told(String what, BufferedReader output) throws IOException {
    String line = output.readLine();
    if (line == null || !line.startsWith(what)) {
      throw new IOException("the node said " + line);
    }
    return line.substring(what.length()).split("[ ,]", 2)[0];
  }

  private static void rehearse(String address, String http) {
    String at = "--bootstrap=" + address;
    run("", "topic", "create", "rehearsal", at);
    run("", "topic", "describe", "rehearsal", at);
    run("one\ntwo\n", "produce", "rehearsal", at);
    run("{\"key\":\"k\",\"value\":\"v\"}\n", "produce", "rehearsal", "--json", at);
    run("", "consume", "rehearsal", "--from-beginning", "--max=3", "--json", at);
    run("", "consume", "rehearsal", "--group=g", "--from-beginning", "--max=3", at);
    run("", "group", "list", at);
    run("", "group", "describe", "g", at);
    run("", "cluster", "status", at);
    run("", "connector", "list", "--http=" + http);
    run("", "--help");
  }

  private static void run(String input, String... arguments) {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            nowhere,
            System.err,
            false);
    int exitCode = Main.run(arguments, terminal);
    if (exitCode != 0) {
      System.err.println("rehearsal of " + String.join(" ", arguments) + " ended with " + exitCode);
    }
  }
}

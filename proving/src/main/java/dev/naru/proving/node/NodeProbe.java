package dev.naru.proving.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks into a node's process from outside, with the tools that come with every JDK. */
public final class NodeProbe {
  private static final Pattern THREAD = Pattern.compile("(?m)^\"([^\"]+)\" #");
  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");

  private final long pid;

  public NodeProbe(TestNode node) {
    this.pid = node.process().pid();
  }

  /** Bytes of objects that are reachable, after a full collection. */
  public long liveHeapBytes() throws IOException {
    Matcher total = TOTAL.matcher(jcmd("GC.class_histogram"));
    if (!total.find()) {
      throw new IOException("no total in the class histogram");
    }
    return Long.parseLong(total.group(1));
  }

  /** How many threads there are of each name, with numbers in names replaced. */
  public SortedMap<String, Integer> threads() throws IOException {
    SortedMap<String, Integer> threads = new TreeMap<>();
    Matcher thread = THREAD.matcher(jcmd("Thread.print"));
    while (thread.find()) {
      threads.merge(thread.group(1).replaceAll("\\d+", "N"), 1, Integer::sum);
    }
    return threads;
  }

  /** Bytes of the process in memory; Linux only. */
  public long residentBytes() throws IOException {
    Matcher resident =
        RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
    if (!resident.find()) {
      throw new IOException("the system does not tell how large the process is");
    }
    return Long.parseLong(resident.group(1)) << 10;
  }

  private String jcmd(String command) throws IOException {
    String jcmd = Path.of(Places.java()).resolveSibling("jcmd").toString();
    Process process =
        new ProcessBuilder(jcmd, Long.toString(pid), command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("jcmd " + command + " failed: " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return output;
  }
}

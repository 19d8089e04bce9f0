package dev.naru.proving.faults;

import dev.naru.proving.Scripts;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.NodeSite;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What stands between nodes and the C library: a disk that is slow to force, a wall clock that is
 * wrong, for each node and while it runs. Compiled with gcc from {@code shim.c}; Linux only.
 */
final class Shim implements BeforeAllCallback {
  private static final int BYTES = 2 * Long.BYTES;
  private static final int CLOCK_AT = Long.BYTES;
  private static final Path COMPILER = Path.of("/usr/bin/gcc");

  private final Map<Integer, Path> files = new HashMap<>();
  private Path library;

  @Override
  public void beforeAll(ExtensionContext context) {
    Assumptions.assumeTrue(
        Files.isExecutable(COMPILER), "slow disks and wrong clocks need gcc; install gcc");
    Path directory = SharedNode.newDirectory("shim");
    library = directory.resolve("shim.so");
    Scripts.run(
        directory,
        Map.of(),
        List.of(
            COMPILER.toString(),
            "-shared",
            "-fPIC",
            "-O1",
            "-Wall",
            "-Werror",
            "-o",
            library.toString(),
            Scripts.source("c", "shim.c"),
            "-ldl"));
  }

  /** Where a node runs that can be slowed and misled. */
  NodeSite site(int id) {
    Path file = library.resolveSibling("node-" + id);
    try {
      Files.write(file, new byte[BYTES]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.put(id, file);
    return NodeSite.LOOPBACK.withEnvironment(
        Map.of("LD_PRELOAD", library.toString(), "NARU_SHIM", file.toString()));
  }

  /** From now on, every force of this node takes so much longer. */
  void delayForces(int id, Duration delay) {
    write(id, 0, delay.toNanos());
  }

  /** From now on, this node's wall clock is so far ahead; behind when less than nothing. */
  void moveClock(int id, Duration ahead) {
    write(id, CLOCK_AT, ahead.toNanos());
  }

  private void write(int id, int at, long value) {
    byte[] bytes =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array();
    try (RandomAccessFile file = new RandomAccessFile(files.get(id).toFile(), "rw")) {
      file.seek(at);
      file.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

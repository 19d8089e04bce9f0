package dev.naru.proving.bench.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What the operating system keeps of files in memory. Java cannot ask for {@code posix_fadvise};
 * coreutils' {@code dd} can, for single files and without being root.
 */
public final class PageCache {
  private static final long DD_PATIENCE_S = 60;

  private PageCache() {}

  /** Writes everything below a folder to the disk and lets the system forget it. */
  public static void forget(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      List<Path> files = paths.filter(Files::isRegularFile).toList();
      for (Path file : files) {
        forgetFile(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void forgetFile(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
    Process dd =
        new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!dd.waitFor(DD_PATIENCE_S, TimeUnit.SECONDS) || dd.exitValue() != 0) {
        dd.destroyForcibly();
        throw new IOException("dd cannot drop " + file + " from the page cache");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}

package dev.naru.proving.bench.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Predicate;

/**
 * How much files hold: up to the last byte that is not zero, because journals are allocated ahead
 * of their writer.
 */
public final class HeldBytes {
  private static final int PIECE = 64 << 10;

  private HeldBytes() {}

  /**
   * The sum over the files below a folder.
   *
   * @param which by the path of the file
   */
  public static long below(Path folder, Predicate<Path> which) throws IOException {
    long[] sum = {0};
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (which.test(file)) {
              sum[0] += of(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // The node deletes in its own time.
            }
            throw e;
          }
        });
    return sum[0];
  }

  private static long of(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      for (long end = channel.size(); end > 0; end -= PIECE) {
        long from = Math.max(0, end - PIECE);
        piece.clear().limit((int) (end - from));
        int read = channel.read(piece, from);
        for (int i = read - 1; i >= 0; i--) {
          if (piece.get(i) != 0) {
            return from + i + 1;
          }
        }
      }
      return 0;
    } catch (NoSuchFileException deletedMeanwhile) {
      return 0;
    }
  }
}

package dev.naru.proving.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders that live as long as a benchmark. */
public final class Scratch {
  private Scratch() {}

  public static Path newDirectory() throws IOException {
    return Files.createTempDirectory("naru-micro-");
  }

  /** Deletes a folder and all that is in it. */
  public static void delete(Path directory) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(directory)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }
}

package dev.naru.proving.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Folders that live as long as a benchmark. */
public final class Scratch {
  /** Those that are there; a benchmark that fails leaves its own behind. */
  private static final Set<Path> LEFT = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Scratch::deleteLeft));
  }

  private Scratch() {}

  public static Path newDirectory() throws IOException {
    Path directory = Files.createTempDirectory("naru-micro-");
    LEFT.add(directory);
    return directory;
  }

  private static void deleteLeft() {
    for (Path directory : LEFT) {
      try {
        delete(directory);
      } catch (IOException e) {
        System.err.println("naru: " + directory + " could not be deleted: " + e);
      }
    }
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
    LEFT.remove(directory);
  }
}

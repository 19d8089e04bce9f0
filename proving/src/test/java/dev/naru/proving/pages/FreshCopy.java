package dev.naru.proving.pages;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The project as a new user has it: a folder with what Git knows, and nothing that was built. What
 * runs in it is found by {@link #MARK} in its environment, or by the folder that it works in; a
 * server of a database has only the latter.
 */
public final class FreshCopy implements AutoCloseable {
  /** A variable that has the folder as its value, for whatever a page starts. */
  static final String MARK = "NARU_WALK";

  /** What a build leaves, and a Python program. */
  private static final Set<String> MADE = Set.of("target", "__pycache__");

  private final Path folder;
  private final boolean stays;
  private final Set<Path> known = new HashSet<>();
  private final Thread reaper = new Thread(this::endAll);

  private FreshCopy(Path folder, boolean stays) {
    this.folder = folder;
    this.stays = stays;
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  /**
   * Copies a working tree, with what is changed in it and not committed yet.
   *
   * @param root of the working tree
   */
  public static FreshCopy of(Path root) {
    return of(root, filesOf(root));
  }

  /**
   * As {@link #of}, into a folder that stays, with what was built in it: for whoever mends a page.
   */
  public static FreshCopy in(Path folder, Path root) {
    try {
      FreshCopy copy = new FreshCopy(Files.createDirectories(folder).toRealPath(), true);
      copy(copy, root, filesOf(root));
      copy.endAll();
      copy.tidy();
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> filesOf(Path root) {
    return Scripts.run(
        root, Map.of(), List.of("git", "ls-files", "--cached", "--others", "--exclude-standard"));
  }

  /** Copies these files. The path is short, for a socket's may have no more than 107 characters. */
  static FreshCopy of(Path root, List<String> files) {
    try {
      Path folder = Files.createTempDirectory("naru-walk-").toRealPath();
      return copy(new FreshCopy(folder, false), root, files);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FreshCopy copy(FreshCopy copy, Path root, List<String> files) throws IOException {
    for (String file : files) {
      copy.add(root, Path.of(file));
    }
    return copy;
  }

  private void add(Path root, Path file) throws IOException {
    Path from = root.resolve(file);
    // Git still knows what was deleted and not committed yet.
    if (!Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Path to = folder.resolve(file);
    Files.createDirectories(to.getParent());
    Files.copy(
        from,
        to,
        StandardCopyOption.COPY_ATTRIBUTES,
        StandardCopyOption.REPLACE_EXISTING,
        LinkOption.NOFOLLOW_LINKS);
    for (Path each = to; !each.equals(folder); each = each.getParent()) {
      known.add(each);
    }
  }

  Path folder() {
    return folder;
  }

  /** What is there that a fresh copy and its build do not have; a folder stands for all in it. */
  List<Path> leftFiles() {
    List<Path> left = new ArrayList<>();
    findLeft(folder, left);
    return left;
  }

  private void findLeft(Path directory, List<Path> left) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        if (!known.contains(file)) {
          if (!MADE.contains(file.getFileName().toString())) {
            left.add(folder.relativize(file));
          }
        } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          findLeft(file, left);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes what {@link #leftFiles} finds, so that the next page begins anew. */
  void tidy() {
    leftFiles().forEach(file -> delete(folder.resolve(file)));
  }

  /** What was started in here and still runs. */
  List<ProcessHandle> running() {
    return ProcessHandle.allProcesses().filter(this::isOurs).toList();
  }

  private boolean isOurs(ProcessHandle process) {
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    try {
      return Files.readSymbolicLink(proc.resolve("cwd")).startsWith(folder)
          || new String(Files.readAllBytes(proc.resolve("environ")), StandardCharsets.ISO_8859_1)
              .contains(MARK + "=" + folder + "\0");
    } catch (IOException e) {
      // It has ended, or is another user's, and then it was not started here.
      return false;
    }
  }

  /** Ends what still runs, each by its id. */
  void endAll() {
    List<ProcessHandle> running = running();
    running.forEach(ProcessHandle::destroyForcibly);
    Clients.await("the end of " + running, () -> running.stream().noneMatch(this::isOurs));
  }

  @Override
  public void close() {
    endAll();
    Runtime.getRuntime().removeShutdownHook(reaper);
    if (!stays) {
      delete(folder);
    }
  }

  private static void delete(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

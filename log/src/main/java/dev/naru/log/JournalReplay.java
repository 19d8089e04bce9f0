package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings into the segments what a crash left in the {@link Journal} only, before any log is opened.
 * Segments grow at their end only, so writing the same bytes to the same place once more changes
 * nothing, however often it is done. When all of it is forced, the journal goes.
 */
final class JournalReplay {
  private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);

  /** A place in the order in which frames were written. */
  private record Place(long generation, int index) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return Comparator.comparingLong(Place::generation)
          .thenComparingInt(Place::index)
          .compare(this, other);
    }
  }

  private record Segment(String log, long baseOffset) {}

  private final Disk disk;
  private final Path directory;
  private final Map<Segment, Place> forgotten = new HashMap<>();

  private JournalReplay(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /**
   * @param directory the store's
   */
  static void run(Disk disk, Path directory) throws IOException {
    new JournalReplay(disk, directory).run();
  }

  private void run() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : JournalFile.NAMES) {
      files.add(directory.resolve(name));
    }
    if (!disk.exists(files.get(0)) && !disk.exists(files.get(1))) {
      return;
    }
    List<List<JournalFrame>> contents = new ArrayList<>();
    for (Path file : files) {
      contents.add(JournalFile.read(disk, file));
    }
    List<JournalFrame> frames = frames(contents);
    if (!frames.isEmpty()) {
      reportGaps(frames);
      frames.forEach(this::noteForgotten);
      apply(frames);
    }
    boolean firstIsOlder = newest(contents.get(0)) < newest(contents.get(1));
    delete(disk, directory, firstIsOlder ? files : List.of(files.get(1), files.get(0)));
  }

  /** The older one first: what the newer one says of it must not be gone while it is there. */
  static void delete(Disk disk, Path directory, List<Path> oldestFirst) throws IOException {
    for (Path file : oldestFirst) {
      if (disk.exists(file)) {
        disk.delete(file);
        disk.syncDirectory(directory);
      }
    }
  }

  private static long newest(List<JournalFrame> content) {
    return content.stream().mapToLong(JournalFrame::generation).max().orElse(-1);
  }

  /** Those of the last two generations; all of the others was forced before these began. */
  private static List<JournalFrame> frames(List<List<JournalFrame>> contents) {
    long newest = Math.max(newest(contents.get(0)), newest(contents.get(1)));
    return contents.stream()
        .flatMap(List::stream)
        .filter(frame -> frame.generation() >= newest - 1)
        .sorted(Comparator.comparing(JournalReplay::place))
        .toList();
  }

  private static Place place(JournalFrame frame) {
    return new Place(frame.generation(), frame.index());
  }

  /**
   * Each frame is on disk before the next one is written, so only the last one can be torn. The
   * first ones of the older generation may lie under the beginning of a newer one.
   */
  private static void reportGaps(List<JournalFrame> frames) {
    long newest = frames.get(frames.size() - 1).generation();
    long generation = -1;
    int expected = 0;
    for (JournalFrame frame : frames) {
      if (frame.generation() != generation) {
        generation = frame.generation();
        expected = generation == newest ? 0 : frame.index();
      }
      if (frame.index() != expected) {
        LOG.error(
            "The journal is damaged: {} of its frames before number {} of generation {} cannot be"
                + " read. Records that were acknowledged shortly before the crash may be missing"
                + " at the end of their logs.",
            frame.index() - expected,
            frame.index(),
            generation);
      }
      expected = frame.index() + 1;
    }
  }

  private void noteForgotten(JournalFrame frame) {
    for (JournalFrame.Entry entry : frame.entries()) {
      if (entry.forgets()) {
        forgotten.put(new Segment(entry.log(), entry.baseOffset()), place(frame));
      }
    }
  }

  private boolean isForgotten(JournalFrame frame, JournalFrame.Entry entry) {
    return isAfter(frame, forgotten.get(new Segment(entry.log(), entry.baseOffset())))
        || isAfter(frame, forgotten.get(new Segment(entry.log(), JournalFrame.ALL_SEGMENTS)));
  }

  private static boolean isAfter(JournalFrame frame, Place forgotten) {
    return forgotten != null && place(frame).compareTo(forgotten) < 0;
  }

  private void apply(List<JournalFrame> frames) throws IOException {
    Map<Segment, List<JournalFrame.Entry>> entries = new LinkedHashMap<>();
    for (JournalFrame frame : frames) {
      for (JournalFrame.Entry entry : frame.entries()) {
        if (!entry.forgets() && !isForgotten(frame, entry)) {
          entries
              .computeIfAbsent(
                  new Segment(entry.log(), entry.baseOffset()), key -> new ArrayList<>())
              .add(entry);
        }
      }
    }
    int applied = 0;
    for (Map.Entry<Segment, List<JournalFrame.Entry>> segment : entries.entrySet()) {
      applied += apply(segment.getKey(), segment.getValue()) ? 1 : 0;
    }
    LOG.info("The journal of the last run was brought into {} segments", applied);
  }

  /** False when the segment went meanwhile, with its log or by retention. */
  private boolean apply(Segment segment, List<JournalFrame.Entry> entries) throws IOException {
    if (LogDirectory.parse(segment.log()).isEmpty()) {
      return false;
    }
    Path path =
        LogDirectory.logs(directory)
            .resolve(segment.log())
            .resolve(FileHome.fileName(segment.baseOffset()));
    if (!disk.exists(path)) {
      return false;
    }
    try (DiskFile file = disk.open(path, false)) {
      for (JournalFrame.Entry entry : entries) {
        ByteBuffer bytes = entry.bytes().duplicate();
        file.write(bytes, entry.position());
      }
      file.force();
    }
    return true;
  }
}

package dev.naru.connect.crawler;

import dev.naru.connect.crawler.state.FoundUrl;
import dev.naru.connect.crawler.state.JournalEntry;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * How the tasks of one crawl share it: each host belongs to one task, by a hash of its name, and a
 * task that finds an address of another one's host leaves it in that task's box, a folder beside
 * the tasks' own ones. A batch of addresses is a file that appears there in one step, and is
 * deleted when the receiver's journal has it; an address that comes twice is known the second time.
 * Guarded by the crawl's lock, except {@link #batches}, {@link #received} and {@link #isQuiet},
 * which one thread calls.
 */
final class Handover {
  /** So many are kept in memory before they become a file. */
  private static final int BATCH_MAX = 5_000;

  private static final int FILES_AT_A_TIME = 20;
  private static final String ENDING = ".found";

  private final int index;
  private final int count;
  private final Path boxes;
  private final List<ByteArrayOutputStream> pending = new ArrayList<>();
  private int pendingCount;
  private long sequence;

  /** What another task left. */
  record Batch(Path file, List<JournalEntry> entries) {}

  private Handover(int index, int count, Path boxes) {
    this.index = index;
    this.count = count;
    this.boxes = boxes;
    for (int i = 0; i < count; i++) {
      pending.add(new ByteArrayOutputStream());
    }
  }

  /** The tasks that the configuration speaks of. */
  static Handover of(CrawlerConfig config) throws IOException {
    Handover handover = new Handover(config.taskIndex(), config.taskCount(), config.boxes());
    if (handover.exist()) {
      handover.sequence = handover.lastSequence() + 1;
    }
    return handover;
  }

  /** Whether there are other tasks. */
  boolean exist() {
    return count > 1;
  }

  boolean isMine(CanonicalUrl url) {
    return count == 1 || owner(url) == index;
  }

  private int owner(CanonicalUrl url) {
    return (int) Long.remainderUnsigned(CanonicalUrl.hash(url.host()), count);
  }

  /** Leaves an address to the task that its host belongs to. */
  void send(FoundUrl found) {
    add(owner(found.url()), new JournalEntry.Found(found));
  }

  /** Tells all other tasks that the surroundings of an address are in scope. */
  void sendRoot(CanonicalUrl url) {
    for (int to = 0; to < count; to++) {
      if (to != index) {
        add(to, new JournalEntry.Root(url));
      }
    }
  }

  private void add(int to, JournalEntry entry) {
    byte[] bytes = entry.encode();
    ByteArrayOutputStream batch = pending.get(to);
    batch.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    batch.writeBytes(bytes);
    if (++pendingCount >= BATCH_MAX) {
      flush();
    }
  }

  /** Whether something was sent that is not in its box. */
  boolean hasPending() {
    return pendingCount > 0;
  }

  /** Puts what was sent into the boxes. */
  void flush() {
    if (pendingCount == 0) {
      return;
    }
    for (int to = 0; to < count; to++) {
      if (pending.get(to).size() > 0) {
        put(to, pending.get(to).toByteArray());
        pending.get(to).reset();
      }
    }
    pendingCount = 0;
  }

  private void put(int to, byte[] bytes) {
    Path box = box(to);
    String name = String.format("%d-%016d", index, sequence++);
    Path unfinished = box.resolve(name + ".new");
    try {
      Folders.create(box);
      try (FileChannel file =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          file.write(rest);
        }
        file.force(true);
      }
      Files.move(unfinished, box.resolve(name + ENDING), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("The crawl state in " + box + " cannot be written.", e);
    }
  }

  private Path box(int task) {
    return boxes.resolve(Integer.toString(task));
  }

  private static List<Path> files(Path box) throws IOException {
    return Folders.list(box).stream().filter(file -> file.toString().endsWith(ENDING)).toList();
  }

  /** Some of what the others have left here, oldest first. */
  List<Batch> batches() throws IOException {
    return batches(box(index), FILES_AT_A_TIME);
  }

  /** What lies in a box, oldest first. */
  static List<Batch> batches(Path box, int max) throws IOException {
    List<Batch> batches = new ArrayList<>();
    for (Path file : files(box).stream().limit(max).toList()) {
      batches.add(new Batch(file, entries(file)));
    }
    return batches;
  }

  private static List<JournalEntry> entries(Path file) throws IOException {
    List<JournalEntry> entries = new ArrayList<>();
    long left = Files.size(file);
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      while (left > 0) {
        int length = in.readInt();
        if (length <= 0 || length > left - Integer.BYTES) {
          throw new IOException(
              "The crawl state " + file + " is damaged; delete it, or restore it.");
        }
        entries.add(JournalEntry.decode(in.readNBytes(length)));
        left -= Integer.BYTES + length;
      }
    }
    return entries;
  }

  /** A batch is in this task's journal. */
  void received(Batch batch) throws IOException {
    Files.deleteIfExists(batch.file());
  }

  /** Whether nothing lies in any box. */
  boolean isQuiet() throws IOException {
    for (int task = 0; task < count; task++) {
      if (!files(box(task)).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private long lastSequence() throws IOException {
    long last = 0;
    for (int task = 0; task < count; task++) {
      for (Path file : Folders.list(box(task))) {
        String name = file.getFileName().toString();
        if (name.startsWith(index + "-")) {
          last = Math.max(last, Long.parseLong(name.replaceAll("^\\d+-|\\.\\w+$", "")));
        }
      }
    }
    return last;
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Segments as files of one directory, {@code <20-digit base offset>.log}, over the {@link Disk}
 * port. The directory is made with the first segment, so a log that was never written costs no I/O.
 *
 * <p>Names become durable with the next force, so that many new logs that are written at the same
 * time wait for the disk together. At most the last segment's name is unsure: the next one is made
 * only after that.
 *
 * <p>A change of several names (compaction, retention, a cut) is made atomic by the durable file
 * {@code replacing}, which says what goes and what comes; opening the directory finishes what it
 * says.
 */
final class FileHome implements SegmentHome {
  private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);
  private static final String LOG = ".log";
  private static final Pattern SEGMENT = Pattern.compile("[0-9]{20}\\.log");
  private static final String DETACHED = ".new";
  private static final String BURIED = ".deleted";
  private static final String REPLACING = "replacing";

  private final FileRoot root;
  private final Disk disk;
  private final String name;

  /** One force at a time. Taken after this object's monitor and before a segment's. */
  private final Object forceLock = new Object();

  /** Sealed without a force, oldest first; null until there is one. */
  private volatile ConcurrentLinkedQueue<FileSegment> unforced;

  private volatile List<HomeSegment> segments = List.of();
  private boolean present;

  /** Names given so far, counted after each; guarded by this object's monitor. */
  private volatile int names;

  /** How many of them are durable; written with {@link #forceLock}. */
  private volatile int sureNames;

  /** Counts what makes the end that somebody looked at another one. */
  private final AtomicInteger cuts = new AtomicInteger();

  /** The directory's number in the root, 0 when it was found there; written before a name. */
  private long made;

  /** Guarded by {@link #forceLock}. */
  private IOException broken;

  private int graves;

  private FileHome(FileRoot root, String name) {
    this.root = root;
    this.disk = root.disk;
    this.name = name;
  }

  /** A home for a log that has no files yet. */
  static FileHome fresh(FileRoot root, String name) {
    return new FileHome(root, name);
  }

  /**
   * Looks at the directory and finishes what a crash left half done. The names that are found may
   * be known to the operating system only, when a process was killed: the next force makes them
   * durable.
   */
  static FileHome open(FileRoot root, String directoryName) throws IOException {
    FileHome home = new FileHome(root, directoryName);
    Disk disk = root.disk;
    List<String> names = disk.list(home.directory());
    home.present = !names.isEmpty() || disk.exists(home.directory());
    if (home.present) {
      home.made = FileRoot.FOUND;
      home.named();
    }
    if (names.contains(REPLACING)) {
      home.makeNamesSure();
      home.finishReplacing();
      names = disk.list(home.directory());
    }
    List<HomeSegment> found = new ArrayList<>();
    for (String name : names) {
      Path path = home.resolve(name);
      if (name.endsWith(DETACHED)
          || name.endsWith(BURIED)
          || name.endsWith(CheckedFile.TEMPORARY)) {
        disk.delete(path);
      } else if (SEGMENT.matcher(name).matches()) {
        found.add(new FileSegment(home, baseOffset(name), sizeOf(disk, path)));
      }
    }
    found.sort(Comparator.comparingLong(HomeSegment::baseOffset));
    home.segments = List.copyOf(found);
    return home;
  }

  /** A home whose list is known from a clean stop; touches no file. */
  static FileHome known(FileRoot root, String name, List<SegmentMeta> segments) {
    FileHome home = new FileHome(root, name);
    home.present = !segments.isEmpty();
    List<HomeSegment> known = new ArrayList<>();
    for (SegmentMeta meta : segments) {
      known.add(new FileSegment(home, meta.baseOffset(), meta.size()));
    }
    home.segments = List.copyOf(known);
    return home;
  }

  private static int sizeOf(Disk disk, Path path) throws IOException {
    long size = disk.size(path);
    if (size > Integer.MAX_VALUE) {
      throw new SegmentBrokenException(
          path + " has " + size + " bytes; a segment has less than 2 GiB", null);
    }
    return (int) size;
  }

  static String fileName(long baseOffset) {
    return LogDirectory.padded(baseOffset) + LOG;
  }

  private static long baseOffset(String name) {
    return Long.parseLong(name.substring(0, 20));
  }

  @Override
  public List<HomeSegment> segments() {
    return segments;
  }

  private FileSegment last() {
    List<HomeSegment> list = segments;
    return list.isEmpty() ? null : (FileSegment) list.get(list.size() - 1);
  }

  FileRoot root() {
    return root;
  }

  /** The name of its directory. */
  String name() {
    return name;
  }

  int cuts() {
    return cuts.get();
  }

  /** What is on its way to the journal does not get there any more. */
  void cut() {
    cuts.incrementAndGet();
  }

  /**
   * What was appended and is not durable, when that is a little at the end of the last segment;
   * null otherwise. With the log's lock.
   */
  Journal.Part tail() {
    int unchanged = cuts.get();
    FileSegment last = last();
    ConcurrentLinkedQueue<FileSegment> sealed = unforced;
    boolean more = last == null || sureNames != names || (sealed != null && !sealed.isEmpty());
    return more ? null : last.tail(unchanged);
  }

  /** Call before a segment is cut. */
  void forgetInJournal(FileSegment segment) throws IOException {
    root.journal.forget(this, List.of(segment));
  }

  /** Made when it is needed: a node may have very many logs, most of them idle. */
  private Path directory() {
    return root.resolve(name);
  }

  Path resolve(String fileName) {
    return directory().resolve(fileName);
  }

  @Override
  public synchronized HomeSegment create(long baseOffset, int preallocateBytes) throws IOException {
    FileSegment previous = last();
    if (previous != null && previous.baseOffset() >= baseOffset) {
      throw new IllegalStateException(
          "Segment " + baseOffset + " cannot follow segment " + previous.baseOffset());
    }
    makeNamesSure();
    makeDirectory();
    FileSegment segment =
        FileSegment.create(this, fileName(baseOffset), baseOffset, preallocateBytes);
    named();
    if (previous != null && previous.dirty()) {
      if (unforced == null) {
        unforced = new ConcurrentLinkedQueue<>();
      }
      unforced.add(previous);
    }
    List<HomeSegment> list = new ArrayList<>(segments);
    list.add(segment);
    segments = List.copyOf(list);
    return segment;
  }

  private void makeDirectory() throws IOException {
    if (!present) {
      disk.createDirectories(directory());
      made = root.made();
      present = true;
      named();
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // under this object's monitor
  private void named() {
    names++;
  }

  /** Makes all names durable that were given before the call. */
  void makeNamesSure() throws IOException {
    synchronized (forceLock) {
      requireUnbroken();
      int upTo = names;
      if (sureNames == upTo) {
        return;
      }
      try {
        disk.syncDirectory(directory());
        root.makeSure(made);
      } catch (IOException e) {
        broken = e;
        throw e;
      }
      sureNames = upTo;
    }
  }

  private void requireUnbroken() throws IOException {
    if (broken != null) {
      throw new IOException("An earlier fsync of " + directory() + " failed", broken);
    }
  }

  @Override
  public synchronized HomeSegment createDetached(long baseOffset) throws IOException {
    makeDirectory();
    return FileSegment.create(this, fileName(baseOffset) + DETACHED, baseOffset, 0);
  }

  @Override
  public synchronized void discard(HomeSegment detached) throws IOException {
    FileSegment segment = (FileSegment) detached;
    segment.closeFile();
    disk.delete(segment.path());
  }

  @Override
  public synchronized void replace(
      List<HomeSegment> removed, List<HomeSegment> added, long deleteDelayMs) throws IOException {
    List<HomeSegment> list = new ArrayList<>(segments);
    int from = removed.isEmpty() ? -1 : list.indexOf(removed.get(0));
    if (from < 0
        || from + removed.size() > list.size()
        || !list.subList(from, from + removed.size()).equals(removed)) {
      throw new IllegalStateException("The segments to replace are not in the list any more");
    }
    // Else what is removed might be all that told where the log ends.
    makeNamesSure();
    root.journal.forget(this, removed.stream().map(FileSegment.class::cast).toList());
    for (HomeSegment segment : added) {
      segment.seal(true);
    }
    // Names that change together may survive a power loss in any combination.
    boolean several = removed.size() + added.size() > 1;
    if (!added.isEmpty()) {
      disk.syncDirectory(directory());
    }
    if (several) {
      saveNote(REPLACING, intent(removed, added), true);
    }
    for (HomeSegment segment : removed) {
      retire((FileSegment) segment, added);
    }
    for (HomeSegment segment : added) {
      ((FileSegment) segment).moveTo(fileName(segment.baseOffset()));
    }
    disk.syncDirectory(directory());
    if (several) {
      deleteNote(REPLACING);
      disk.syncDirectory(directory());
    }
    list.subList(from, from + removed.size()).clear();
    list.addAll(from, added);
    segments = List.copyOf(list);
    for (HomeSegment segment : removed) {
      if (unforced != null) {
        unforced.remove(segment);
      }
      root.graveyard.buryFile(((FileSegment) segment).path(), deleteDelayMs);
    }
  }

  private void retire(FileSegment segment, List<HomeSegment> added) throws IOException {
    long base = segment.baseOffset();
    deleteNote(LogDirectory.summary(base));
    if (added.stream().noneMatch(other -> other.baseOffset() == base)) {
      deleteNote(LogDirectory.producers(base));
    }
    segment.moveTo(fileName(base) + "." + graves++ + BURIED);
  }

  private static ByteBuffer intent(List<HomeSegment> removed, List<HomeSegment> added) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + 8 * (removed.size() + added.size()));
    bytes.putInt(removed.size());
    removed.forEach(segment -> bytes.putLong(segment.baseOffset()));
    bytes.putInt(added.size());
    added.forEach(segment -> bytes.putLong(segment.baseOffset()));
    return bytes.flip();
  }

  private void finishReplacing() throws IOException {
    ByteBuffer intent = loadNote(REPLACING);
    if (intent == null) {
      return;
    }
    List<Long> removed = longs(intent);
    List<Long> added = longs(intent);
    for (long base : removed) {
      deleteNote(LogDirectory.summary(base));
      if (!added.contains(base)) {
        deleteNote(LogDirectory.producers(base));
        disk.delete(resolve(fileName(base)));
      }
    }
    for (long base : added) {
      Path detached = resolve(fileName(base) + DETACHED);
      if (disk.exists(detached)) {
        disk.rename(detached, resolve(fileName(base)));
      }
    }
    disk.syncDirectory(directory());
    deleteNote(REPLACING);
    disk.syncDirectory(directory());
  }

  private static List<Long> longs(ByteBuffer bytes) {
    List<Long> values = new ArrayList<>();
    for (int n = bytes.getInt(); n > 0; n--) {
      values.add(bytes.getLong());
    }
    return values;
  }

  @Override
  public CompletionStage<Void> force() {
    synchronized (forceLock) {
      try {
        // The last one is looked at first: one that is sealed after that is in the queue already.
        FileSegment last = last();
        forceSealed();
        if (last != null) {
          last.force();
        }
        makeNamesSure();
        return DONE;
      } catch (IOException e) {
        return CompletableFuture.failedStage(e);
      }
    }
  }

  private void forceSealed() throws IOException {
    ConcurrentLinkedQueue<FileSegment> queue = unforced;
    if (queue != null) {
      for (FileSegment next = queue.peek(); next != null; next = queue.peek()) {
        next.force();
        queue.remove(next);
      }
    }
  }

  @Override
  public Executor readers() {
    return root.readers;
  }

  @Override
  public void saveNote(String name, ByteBuffer bytes, boolean durable) throws IOException {
    synchronized (this) {
      makeDirectory();
    }
    CheckedFile.write(disk, resolve(name), bytes, durable);
    if (durable) {
      makeNamesSure();
    }
  }

  @Override
  public ByteBuffer loadNote(String name) throws IOException {
    return CheckedFile.read(disk, resolve(name));
  }

  @Override
  public void deleteNote(String name) throws IOException {
    disk.delete(resolve(name));
  }

  @Override
  public void rest() throws IOException {
    for (HomeSegment segment : segments) {
      ((FileSegment) segment).rest();
    }
  }

  @Override
  public void close() {
    cut();
    for (HomeSegment segment : segments) {
      ((FileSegment) segment).closeFile();
    }
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a little of many logs durable with one force: their newest bytes are copied into one file,
 * with where they belong, and that file is forced instead of theirs. What the operating system
 * writes into the segments meanwhile is its own affair; {@link JournalReplay} makes up for what it
 * did not.
 *
 * <p>Two files in turn, each of them a <em>generation</em>. When one is full, the other one begins,
 * and all logs that are in the full one are forced in the background; only when they are may it be
 * begun anew. Until then, and whenever there is no room, logs are forced one by one, as they are
 * without a journal. It is made when it was wanted a few times, and a node at rest has none.
 *
 * <p>Segments only grow at their end, so an entry is as good as its bytes. Whoever changes a
 * segment otherwise calls {@link #forget} before.
 *
 * <p>Thread-safe. Its lock is taken after a log's lock and a home's monitor, and before what a
 * force takes.
 */
final class Journal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  /**
   * More than this of one log goes to its own file: written twice it would cost more than the force
   * that it saves.
   */
  static final int PART_BYTES_MAX = 128 << 10;

  /** Logs that wait with more than this in sum are many, or busy: the disk's speed counts then. */
  static final int ROUND_BYTES_MAX = 512 << 10;

  private static final int FRAME_BYTES_MAX = 1 << 20;

  /**
   * The newest bytes of a log.
   *
   * @param from where in the segment they begin; what is before is durable
   * @param to where they end
   * @param cuts how often something of the log was forgotten when they were looked at
   */
  record Part(FileHome home, FileSegment segment, int from, int to, int cuts) {
    int bytes() {
      return to - from;
    }
  }

  /**
   * How large a journal is.
   *
   * @param capacityBytes of each of the two files
   * @param wishes how often it must have been wanted before it is made
   */
  record Size(int capacityBytes, int wishes) {
    static final Size USUAL = new Size(16 << 20, 64);

    private int frameBytesMax() {
      return Math.min(FRAME_BYTES_MAX, capacityBytes / 8);
    }

    /** Kept free so that there is room to forget when there is none for anything else. */
    private int reserveBytes() {
      return capacityBytes / 8;
    }
  }

  private enum State {
    NOT_MADE,
    BEING_MADE,
    READY,
    GIVEN_UP
  }

  private final Disk disk;
  private final Path directory;
  private final Executor background;
  private final Size size;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile State state = State.NOT_MADE;

  // Guarded by the lock.
  private final List<JournalFile> files = new ArrayList<>(2);
  private Set<FileHome> now = new HashSet<>();
  private Set<FileHome> before = new HashSet<>();
  private ByteBuffer frame;
  private long number;
  private long generation;
  private int index;
  private int wished;
  private boolean otherIsFree;
  private long writes;
  private long writesWhenLooked;

  /**
   * @param directory the store's; its names are made durable there
   * @param background where files are made, and logs forced whose file is full
   */
  Journal(Disk disk, Path directory, Executor background, Size size) {
    this.disk = disk;
    this.directory = directory;
    this.background = background;
    this.size = size;
  }

  /** Whether one force of the journal for these is likely to be cheaper than one of each. */
  static boolean isWorthwhile(List<Part> parts) {
    return parts.size() > 1 && parts.stream().mapToInt(Part::bytes).sum() <= ROUND_BYTES_MAX;
  }

  /**
   * Makes these durable, or some of them.
   *
   * @return those that are durable now; the others are to be forced by themselves
   */
  List<Part> write(List<Part> parts) {
    if (state == State.NOT_MADE) {
      wish();
    }
    if (state != State.READY) {
      return List.of();
    }
    Set<FileHome> full = null;
    long begun;
    List<Part> written;
    lock.lock();
    try {
      if (state != State.READY) {
        return List.of();
      }
      if (room() < size.frameBytesMax()) {
        full = turn();
      }
      begun = generation;
      written = append(parts);
    } catch (IOException e) {
      // Whether it is on disk is unknown, and what a second force would say is worth nothing.
      giveUp(e);
      return List.of();
    } finally {
      lock.unlock();
    }
    if (full != null) {
      Set<FileHome> homes = full;
      inBackground(() -> settle(homes, begun));
    }
    return written;
  }

  private void wish() {
    lock.lock();
    try {
      if (state != State.NOT_MADE || ++wished < size.wishes()) {
        return;
      }
      state = State.BEING_MADE;
    } finally {
      lock.unlock();
    }
    inBackground(this::make);
  }

  private void inBackground(Runnable task) {
    try {
      background.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("The store is being closed, and needs no journal any more");
    }
  }

  private void make() {
    lock.lock();
    try {
      if (state != State.BEING_MADE) {
        return;
      }
      number = new SecureRandom().nextLong();
      for (String name : JournalFile.NAMES) {
        files.add(JournalFile.create(disk, directory.resolve(name), size.capacityBytes(), number));
      }
      disk.syncDirectory(directory);
      frame = ByteBuffer.allocateDirect(JournalFrame.padded(size.frameBytesMax()));
      otherIsFree = true;
      state = State.READY;
    } catch (IOException e) {
      state = State.GIVEN_UP;
      LOG.info("There is no journal, each log is forced by itself: {}", e.toString());
      takeAway();
    } finally {
      lock.unlock();
    }
  }

  /** What was begun only takes room. Nothing is in it. */
  private void takeAway() {
    try {
      delete();
      for (String name : JournalFile.NAMES) {
        disk.delete(directory.resolve(name));
      }
    } catch (IOException e) {
      LOG.info("The files of the journal are left for the next start: {}", e.toString());
    }
  }

  private JournalFile file() {
    return files.get((int) (generation % 2));
  }

  private int room() {
    return size.capacityBytes() - size.reserveBytes() - file().position();
  }

  /** Begins the other file when that is possible; returns the homes that are in the full one. */
  private Set<FileHome> turn() {
    if (!otherIsFree) {
      return null;
    }
    generation++;
    index = 0;
    file().rewind();
    otherIsFree = false;
    before = now;
    now = new HashSet<>();
    return Set.copyOf(before);
  }

  private List<Part> append(List<Part> parts) throws IOException {
    int max = Math.min(size.frameBytesMax(), room());
    List<Part> taken = new ArrayList<>(parts.size());
    JournalFrame.begin(frame);
    for (Part part : parts) {
      int bytes = JournalFrame.sizeOf(part.home().name(), part.bytes());
      boolean fits = JournalFrame.padded(frame.position() + bytes) <= max;
      if (fits && part.cuts() == part.home().cuts() && copy(part)) {
        taken.add(part);
      }
    }
    if (!taken.isEmpty()) {
      writeFrame();
      for (Part part : taken) {
        now.add(part.home());
        part.segment().journaledTo(part.to());
      }
    }
    return taken;
  }

  private boolean copy(Part part) {
    int start = frame.position();
    int length = part.bytes();
    JournalFrame.putHead(
        frame, part.home().name(), part.segment().baseOffset(), part.from(), length);
    int end = frame.position() + length;
    frame.limit(end);
    try {
      part.segment().read(frame, part.from());
      if (frame.position() == end) {
        return true;
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be read; its own force will say why", part.segment().path(), e);
    } finally {
      frame.limit(frame.capacity());
    }
    frame.position(start);
    return false;
  }

  private void writeFrame() throws IOException {
    JournalFrame.end(frame, number, generation, index);
    file().append(frame);
    index++;
    writes++;
  }

  /**
   * Call before segments are cut or replaced. What is in the journal of them holds no more when
   * this returns, and everything of them is on disk in their own files.
   *
   * @throws IOException it may hold still; leave the segments as they are
   */
  void forget(FileHome home, Collection<FileSegment> segments) throws IOException {
    lock.lock();
    try {
      home.cut();
      for (FileSegment segment : segments) {
        segment.journaledTo(0);
      }
      if (now.contains(home) || before.contains(home)) {
        for (FileSegment segment : segments) {
          segment.force();
        }
        List<Long> bases = segments.stream().map(FileSegment::baseOffset).toList();
        writeForget(home.name(), bases);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Call when a log was deleted, for another one of its name may come. */
  void forgetLog(String name) {
    lock.lock();
    try {
      boolean there = now.removeIf(home -> home.name().equals(name));
      there |= before.removeIf(home -> home.name().equals(name));
      if (there) {
        writeForget(name, List.of(JournalFrame.ALL_SEGMENTS));
      }
    } catch (IOException e) {
      giveUp(e);
    } finally {
      lock.unlock();
    }
  }

  private void writeForget(String name, List<Long> bases) throws IOException {
    if (state != State.READY) {
      throw new IOException("The journal cannot be written any more");
    }
    int bytesEach = JournalFrame.sizeOf(name, 0);
    int most = (frame.capacity() - JournalFrame.HEADER_BYTES) / bytesEach;
    for (int from = 0; from < bases.size(); from += most) {
      List<Long> some = bases.subList(from, Math.min(bases.size(), from + most));
      int bytes = JournalFrame.padded(JournalFrame.HEADER_BYTES + some.size() * bytesEach);
      if (size.capacityBytes() - file().position() < bytes) {
        makeRoom();
      }
      JournalFrame.begin(frame);
      some.forEach(base -> JournalFrame.putForget(frame, name, base));
      writeFrame();
    }
  }

  /** Waits for what is done in the background otherwise: this cannot go on without. */
  private void makeRoom() throws IOException {
    if (!otherIsFree) {
      forceAll(before);
      otherIsFree = true;
    }
    turn();
  }

  /**
   * Forces the logs of the file before, so that it can be begun anew.
   *
   * @param current the generation during which they are what is in that file
   */
  private void settle(Set<FileHome> homes, long current) {
    for (FileHome home : homes) {
      try {
        force(home);
      } catch (IOException e) {
        if (isIn(home)) {
          LOG.warn(
              "A force of {} failed; its journal is kept, and each log is forced by itself: {}",
              home.name(),
              e.toString());
          return;
        }
      }
    }
    lock.lock();
    try {
      otherIsFree |= generation == current;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a log is in the journal still; not when it was deleted. */
  private boolean isIn(FileHome home) {
    lock.lock();
    try {
      return before.contains(home) || now.contains(home);
    } finally {
      lock.unlock();
    }
  }

  private static void force(FileHome home) throws IOException {
    try {
      Waits.join(home.force());
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  private static void forceAll(Set<FileHome> homes) throws IOException {
    for (FileHome home : homes) {
      force(home);
    }
  }

  /**
   * Called every few seconds. When nothing was written since the last time, what is in the journal
   * goes where it belongs, so that logs at rest have nothing that is not forced.
   */
  void rest() {
    Set<FileHome> homes;
    long seen;
    long current;
    lock.lock();
    try {
      boolean busy = writes != writesWhenLooked;
      writesWhenLooked = writes;
      if (busy || state != State.READY || (now.isEmpty() && before.isEmpty())) {
        return;
      }
      homes = new HashSet<>(now);
      homes.addAll(before);
      seen = writes;
      current = generation;
    } finally {
      lock.unlock();
    }
    settle(homes, current);
    lock.lock();
    try {
      if (otherIsFree && writes == seen && state == State.READY) {
        beginAnew();
      }
    } catch (IOException e) {
      giveUp(e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * All of it is forced. A replay looks at two generations, so one that is three on, in the other
   * file, leaves nothing to it.
   */
  private void beginAnew() throws IOException {
    generation += 3;
    index = 0;
    file().rewind();
    JournalFrame.begin(frame);
    writeFrame();
    now.clear();
    before.clear();
    otherIsFree = true;
  }

  /** Whatever is in it goes where it belongs; then there is no journal any more. */
  private void giveUp(IOException why) {
    state = State.GIVEN_UP;
    LOG.error("The journal cannot be written; each log is forced by itself from now on", why);
    inBackground(this::end);
  }

  private void end() {
    lock.lock();
    try {
      forceAll(now);
      forceAll(before);
      now.clear();
      before.clear();
      delete();
    } catch (IOException e) {
      LOG.error("The journal is kept for the next start: {}", e.toString());
    } finally {
      lock.unlock();
    }
  }

  private void delete() throws IOException {
    for (JournalFile file : files) {
      file.close();
    }
    if (!files.isEmpty()) {
      Path current = directory.resolve(JournalFile.NAMES.get((int) (generation % 2)));
      Path other = directory.resolve(JournalFile.NAMES.get((int) ((generation + 1) % 2)));
      JournalReplay.delete(disk, directory, List.of(other, current));
      files.clear();
    }
  }

  /** After the logs were closed, which forces them. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (state != State.GIVEN_UP) {
        state = State.GIVEN_UP;
        end();
      }
    } finally {
      lock.unlock();
    }
  }
}

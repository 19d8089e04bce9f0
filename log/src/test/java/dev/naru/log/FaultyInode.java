package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A file's bytes on a {@link FaultyDisk}: what readers see, and what a power loss leaves of it. */
final class FaultyInode implements FaultyNames.Node {
  private static final int PAGE_BYTES = 4096;

  private final Image now;
  private final Image sure;

  /** Changes since the last force, oldest first. */
  private final List<Change> pending;

  FaultyInode() {
    this(new Image(), new Image(), new ArrayList<>());
  }

  private FaultyInode(Image now, Image sure, List<Change> pending) {
    this.now = now;
    this.sure = sure;
    this.pending = pending;
  }

  /** The same file, which goes its own way from here on. */
  FaultyInode fork() {
    return new FaultyInode(now.copy(), sure.copy(), new ArrayList<>(pending));
  }

  /** A write; a truncation when there are no bytes. */
  private static final class Change {
    final int position;
    final byte[] bytes;

    Change(int position, byte[] bytes) {
      this.position = position;
      this.bytes = bytes;
    }

    Change first(int count) {
      return new Change(position, Arrays.copyOf(bytes, count));
    }

    Change flipped(int where, int bit) {
      int at = where - position;
      if (bytes == null || at < 0 || at >= bytes.length) {
        return this;
      }
      byte[] changed = bytes.clone();
      changed[at] ^= (byte) (1 << bit);
      return new Change(position, changed);
    }
  }

  /** Bytes that are copied when they are written to after they were shared. */
  private static final class Image {
    byte[] bytes = new byte[0];
    int size;
    boolean shared;

    Image copy() {
      Image copy = new Image();
      copy.bytes = bytes;
      copy.size = size;
      copy.shared = true;
      shared = true;
      return copy;
    }

    void own() {
      if (shared) {
        bytes = Arrays.copyOf(bytes, size);
        shared = false;
      }
    }

    void flip(int position, int bit) {
      own();
      bytes[position] ^= (byte) (1 << bit);
    }

    void apply(Change change) {
      if (change.bytes == null) {
        resize(change.position);
      } else if (change.bytes.length > 0) {
        own();
        grow(change.position + change.bytes.length);
        System.arraycopy(change.bytes, 0, bytes, change.position, change.bytes.length);
      }
    }

    void grow(int newSize) {
      own();
      if (newSize > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(newSize, bytes.length * 2));
      }
      size = Math.max(size, newSize);
    }

    void resize(int newSize) {
      if (newSize < size) {
        own();
        Arrays.fill(bytes, newSize, size, (byte) 0);
        size = newSize;
      }
    }
  }

  int size() {
    return now.size;
  }

  byte[] contents() {
    return Arrays.copyOf(now.bytes, now.size);
  }

  int read(ByteBuffer into, long position) {
    int count = (int) Math.max(0, Math.min(into.remaining(), now.size - position));
    if (count > 0) {
      into.put(now.bytes, (int) position, count);
    }
    return count;
  }

  void write(int position, byte[] bytes) {
    happen(new Change(position, bytes));
  }

  /** Makes the file shorter; nothing happens when it is short enough, as with a file channel. */
  void truncate(int size) {
    if (size < now.size) {
      happen(new Change(size, null));
    }
  }

  private void happen(Change change) {
    now.apply(change);
    pending.add(change);
  }

  void force() {
    pending.forEach(sure::apply);
    pending.clear();
  }

  /** What a failed force leaves: the bytes are shown still, and will never be written. */
  void dropUnforced() {
    pending.clear();
  }

  void flipBit(int position, int bit) {
    now.flip(position, bit);
    if (position < sure.size) {
      sure.flip(position, bit);
    }
    pending.replaceAll(change -> change.flipped(position, bit));
  }

  /** What a power loss leaves; this file stays as it is. */
  FaultyInode survivor(SplittableRandom random) {
    Image left = sure.copy();
    boolean truncated = pending.stream().anyMatch(change -> change.bytes == null);
    switch (random.nextInt(5)) {
      case 0 -> {}
      case 1 -> pending.forEach(left::apply);
      case 2 -> keepPrefix(left, random);
      default -> {
        if (truncated) {
          keepPrefix(left, random);
        } else {
          keepPages(left, random);
        }
      }
    }
    return new FaultyInode(left.copy(), left, new ArrayList<>());
  }

  private void keepPrefix(Image left, SplittableRandom random) {
    int whole = random.nextInt(pending.size() + 1);
    pending.subList(0, whole).forEach(left::apply);
    if (whole < pending.size() && pending.get(whole).bytes != null) {
      Change torn = pending.get(whole);
      left.apply(torn.first(random.nextInt(torn.bytes.length + 1)));
    }
  }

  /** Each page was written back at a time of its own; the size at yet another. */
  private void keepPages(Image left, SplittableRandom random) {
    Map<Integer, Integer> writesPerPage = new HashMap<>();
    List<Change> pieces = pieces();
    pieces.forEach(piece -> writesPerPage.merge(page(piece), 1, Integer::sum));
    Map<Integer, Integer> kept = new HashMap<>();
    writesPerPage.forEach((page, count) -> kept.put(page, random.nextInt(count + 1)));
    for (Change piece : pieces) {
      int rest = kept.merge(page(piece), -1, Integer::sum);
      if (rest >= 0) {
        left.apply(piece);
      } else if (rest == -1 && random.nextBoolean()) {
        left.apply(piece.first(random.nextInt(piece.bytes.length + 1)));
      }
    }
    if (random.nextInt(3) == 0) {
      left.grow(now.size);
    }
  }

  private static int page(Change piece) {
    return piece.position / PAGE_BYTES;
  }

  private List<Change> pieces() {
    List<Change> pieces = new ArrayList<>();
    for (Change change : pending) {
      int from = 0;
      while (from < change.bytes.length) {
        int at = change.position + from;
        int count = Math.min(change.bytes.length - from, PAGE_BYTES - at % PAGE_BYTES);
        pieces.add(new Change(at, Arrays.copyOfRange(change.bytes, from, from + count)));
        from += count;
      }
    }
    return pieces;
  }
}

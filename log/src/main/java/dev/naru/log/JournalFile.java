package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the two files of a {@link Journal}. All of it is written once before it is used: a force
 * of bytes that change nothing but themselves is the cheapest there is.
 */
final class JournalFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalFile.class);

  static final List<String> NAMES = List.of("journal-1", "journal-2");

  /** Where the first frame stands; before it is the head. */
  static final int FIRST = JournalFrame.SECTOR_BYTES;

  private static final int MAGIC = 0x6e6a726e;
  private static final int HEAD_BYTES = 16;
  private static final int ZEROS_BYTES = 64 << 10;

  private final DiskFile file;
  private int position = FIRST;

  private JournalFile(DiskFile file) {
    this.file = file;
  }

  /** Makes a file that is as large as it will ever be, and on disk; its name is not, yet. */
  static JournalFile create(Disk disk, Path path, int capacityBytes, long number)
      throws IOException {
    DiskFile file = disk.open(path, true);
    try {
      file.truncate(0);
      ByteBuffer zeros = ByteBuffer.allocate(Math.min(ZEROS_BYTES, capacityBytes));
      for (int at = 0; at < capacityBytes; at += zeros.capacity()) {
        file.write(zeros.clear().limit(Math.min(zeros.capacity(), capacityBytes - at)), at);
      }
      file.write(head(number), 0);
      file.force();
      return new JournalFile(file);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static ByteBuffer head(long number) {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).putInt(MAGIC).putLong(number);
    return head.putInt(checksum(head)).flip();
  }

  private static int checksum(ByteBuffer head) {
    return CheckedFile.checksum(head.duplicate().position(0).limit(HEAD_BYTES - 4));
  }

  /** Where the next frame goes. */
  int position() {
    return position;
  }

  /** What is there is of no use any more. */
  void rewind() {
    position = FIRST;
  }

  /** Writes a frame behind the last one and forces it. */
  void append(ByteBuffer frame) throws IOException {
    int bytes = frame.remaining();
    file.write(frame, position);
    file.force();
    position += bytes;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** All frames that can be read, in the order of the file; none of one that was never finished. */
  static List<JournalFrame> read(Disk disk, Path path) throws IOException {
    if (!disk.exists(path)) {
      return List.of();
    }
    ByteBuffer bytes;
    try (DiskFile file = disk.open(path, false)) {
      bytes = ByteBuffer.allocate((int) Math.min(file.size(), Integer.MAX_VALUE - 8));
      file.read(bytes, 0);
    }
    bytes.flip();
    if (bytes.remaining() < FIRST) {
      return List.of();
    }
    if (bytes.getInt(0) != MAGIC || bytes.getInt(HEAD_BYTES - 4) != checksum(bytes)) {
      if (bytes.getInt(0) != 0) {
        LOG.error(
            "The head of {} is damaged, and what it holds of the last run cannot be read. Records"
                + " that were acknowledged shortly before a power loss may be missing at the end of"
                + " their logs.",
            path);
      }
      return List.of();
    }
    return frames(bytes, bytes.getLong(4));
  }

  /** At every sector, since one frame may be damaged, or a shorter one stand over longer ones. */
  private static List<JournalFrame> frames(ByteBuffer bytes, long number) {
    List<JournalFrame> frames = new ArrayList<>();
    int at = FIRST;
    while (at < bytes.limit()) {
      JournalFrame frame = JournalFrame.read(bytes.duplicate().position(at), number);
      if (frame != null) {
        frames.add(frame);
      }
      at += frame == null ? JournalFrame.SECTOR_BYTES : JournalFrame.lengthAt(bytes, at);
    }
    return frames;
  }
}

package dev.naru.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Small files that are replaced as a whole and carry a checksum. */
final class CheckedFile {
  static final String TEMPORARY = ".tmp";
  private static final int MAGIC = 0x6e617275;
  private static final int HEADER_BYTES = 12;

  private CheckedFile() {}

  /** Replaces the file; with {@code durable} it is on disk, under its name, when this returns. */
  static void write(Disk disk, Path path, ByteBuffer payload, boolean durable) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + payload.remaining());
    bytes.putInt(MAGIC).putInt(payload.remaining()).putInt(checksum(payload));
    bytes.put(payload.duplicate()).flip();
    Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY);
    try (DiskFile file = disk.open(temporary, true)) {
      file.truncate(0);
      file.write(bytes, 0);
      if (durable) {
        file.force();
      }
    }
    disk.rename(temporary, path);
    if (durable) {
      disk.syncDirectory(path.getParent());
    }
  }

  /** The payload; null when the file is absent or does not pass its checksum. */
  static ByteBuffer read(Disk disk, Path path) throws IOException {
    if (!disk.exists(path)) {
      return null;
    }
    try (DiskFile file = disk.open(path, false)) {
      long size = file.size();
      if (size < HEADER_BYTES || size > Integer.MAX_VALUE - 8) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      file.read(bytes, 0);
      bytes.flip();
      if (bytes.remaining() < HEADER_BYTES
          || bytes.getInt() != MAGIC
          || bytes.getInt() != size - HEADER_BYTES) {
        return null;
      }
      int expected = bytes.getInt();
      ByteBuffer payload = bytes.slice();
      return checksum(payload) == expected ? payload : null;
    }
  }

  /** CRC-32C of what remains in the buffer, which stays as it is. */
  static int checksum(ByteBuffer payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }
}

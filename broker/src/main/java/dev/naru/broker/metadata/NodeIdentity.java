package dev.naru.broker.metadata;

import dev.naru.log.Disk;
import dev.naru.log.DiskFile;
import dev.naru.log.LogStoreException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.common.Uuid;

/**
 * Whose data a directory holds: written at the first start, checked at every other one, so that a
 * node never serves the data of another.
 */
public record NodeIdentity(String clusterId, int nodeId) {
  private static final String FILE = "node.properties";
  private static final String FORMAT = "1";
  private static final int MAX_BYTES = 64 << 10;

  /**
   * Reads the directory's identity, or gives it one. The caller has locked the directory.
   *
   * @throws LogStoreException one sentence: another node's directory, a newer format, unreadable
   */
  public static NodeIdentity loadOrCreate(Disk disk, Path directory, int nodeId) {
    Path file = directory.resolve(FILE);
    try {
      if (disk.exists(file)) {
        return check(read(disk, file), file, nodeId);
      }
      NodeIdentity identity = new NodeIdentity(Uuid.randomUuid().toString(), nodeId);
      write(disk, directory, file, identity);
      return identity;
    } catch (IOException e) {
      throw new LogStoreException("cannot use " + file + ": " + e.getMessage(), e);
    }
  }

  private static NodeIdentity check(Properties found, Path file, int nodeId) {
    String format = found.getProperty("format");
    if (!FORMAT.equals(format)) {
      throw new LogStoreException(
          file + " says format " + format + "; this version reads format " + FORMAT);
    }
    String clusterId = found.getProperty("cluster.id");
    String owner = found.getProperty("node.id");
    if (clusterId == null || clusterId.isEmpty() || owner == null) {
      throw new LogStoreException(file + " is damaged: cluster.id or node.id is missing");
    }
    if (!owner.equals(Integer.toString(nodeId))) {
      throw new LogStoreException(
          file.getParent()
              + " belongs to node.id="
              + owner
              + ", but node.id="
              + nodeId
              + " was asked for");
    }
    return new NodeIdentity(clusterId, nodeId);
  }

  private static Properties read(Disk disk, Path file) throws IOException {
    Properties properties = new Properties();
    try (DiskFile open = disk.open(file, false)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(open.size(), MAX_BYTES));
      open.read(bytes, 0);
      bytes.flip();
      properties.load(new StringReader(StandardCharsets.UTF_8.decode(bytes).toString()));
    }
    return properties;
  }

  private static void write(Disk disk, Path directory, Path file, NodeIdentity identity)
      throws IOException {
    String text =
        "format=%s\ncluster.id=%s\nnode.id=%d\n"
            .formatted(FORMAT, identity.clusterId(), identity.nodeId());
    Path temporary = directory.resolve(FILE + ".tmp");
    disk.createDirectories(directory);
    disk.delete(temporary);
    try (DiskFile open = disk.open(temporary, true)) {
      open.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      open.force();
    }
    disk.rename(temporary, file);
    disk.syncDirectory(directory);
  }
}

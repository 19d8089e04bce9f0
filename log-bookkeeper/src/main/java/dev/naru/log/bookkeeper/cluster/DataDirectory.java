package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The data directory of a node of a cluster: whose it is, once and for all, and that one process
 * uses it at a time.
 */
final class DataDirectory implements AutoCloseable {
  private static final String FORMAT = "1";

  /** Where a node that is no member of a cluster keeps its logs. */
  private static final String LONE_LOGS = "logs";

  private final Path path;
  private final FileChannel channel;
  private Fields fields;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Takes a directory for this process, and makes it this node's when it is nobody's yet. */
  static DataDirectory open(ClusterSettings settings) {
    Path path = settings.directory();
    try {
      Files.createDirectories(path);
      DataDirectory directory = new DataDirectory(path, lock(path));
      try {
        directory.begin(settings);
        return directory;
      } catch (IOException | RuntimeException e) {
        directory.close();
        throw e;
      }
    } catch (IOException e) {
      throw ClusterException.failure(
          "The data directory " + path + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve(ClusterData.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw ClusterException.mistake(
          "Another process uses the data directory "
              + path
              + " now; stop it, or give this node a directory of its own");
    }
    return channel;
  }

  private void begin(ClusterSettings settings) throws IOException {
    try {
      fields = Fields.decode(Files.readAllBytes(path.resolve(ClusterData.FILE)));
    } catch (NoSuchFileException e) {
      if (Files.exists(path.resolve(LONE_LOGS))) {
        throw ClusterException.mistake(
            ("The data directory %s belongs to a node that is alone, and its logs cannot move into"
                    + " a cluster; give this node an empty directory")
                .formatted(path),
            e);
      }
      fields =
          Fields.of(
              "format",
              FORMAT,
              "cluster",
              settings.cluster(),
              "node.id",
              Integer.toString(settings.nodeId()),
              "directory.id",
              UUID.randomUUID().toString());
      save();
    }
    if (!fields.get("format").equals(FORMAT)) {
      throw ClusterException.mistake(
          ("%s has format %s, and this version knows %s; start the version that wrote it, or a"
                  + " newer one")
              .formatted(path.resolve(ClusterData.FILE), fields.get("format"), FORMAT));
    }
    if (!fields.get("cluster").equals(settings.cluster())) {
      throw ClusterException.mistake(
          ("The data directory %s belongs to a node of the cluster %s, not of %s; name that"
                  + " cluster, or another directory")
              .formatted(path, fields.get("cluster"), settings.cluster()));
    }
    if (fields.number("node.id") != settings.nodeId()) {
      throw ClusterException.mistake(
          ("The data directory %s belongs to node %s, not to node %s; give that node id, or"
                  + " another directory")
              .formatted(path, fields.get("node.id"), settings.nodeId()));
    }
  }

  private void save() throws IOException {
    Path fresh = path.resolve(ClusterData.FILE + ".new");
    try (FileChannel file =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      file.write(java.nio.ByteBuffer.wrap(fields.encode()));
      file.force(true);
    }
    Files.move(fresh, path.resolve(ClusterData.FILE), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(path)) {
      directory.force(true);
    }
  }

  /** What no other directory has. */
  String id() {
    return fields.get("directory.id");
  }

  /** Makes it a directory of this cluster, unless it is one of another. */
  void belongTo(String clusterId) {
    String before = fields.get("cluster.id");
    if (before.equals(clusterId)) {
      return;
    }
    if (!before.isEmpty()) {
      throw ClusterException.mistake(
          ("The data directory %s belongs to a cluster with the id %s, and the one that"
                  + " answers has %s; name the first nodes of that cluster, or another directory")
              .formatted(path, before, clusterId));
    }
    fields = fields.with("cluster.id", clusterId);
    try {
      save();
    } catch (IOException e) {
      throw ClusterException.failure(
          "The data directory " + path + " cannot be written: " + e.getMessage(), e);
    }
  }

  Path zooKeeper() {
    return path.resolve("zookeeper");
  }

  Path bookie() {
    return path.resolve("bookie");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

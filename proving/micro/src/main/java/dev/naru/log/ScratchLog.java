package dev.naru.log;

import dev.naru.proving.micro.Scratch;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;

/**
 * A log of a partition that is gone when it is closed. There are no threads behind it, so nothing
 * is measured but what the benchmark calls.
 */
public final class ScratchLog implements AutoCloseable {
  private final Path directory;
  private final LogStore store;
  private final PartitionLog log;

  private ScratchLog(Disk disk, LogConfig config) throws IOException {
    directory = Scratch.newDirectory();
    store = LogStore.openWithoutThreads(disk, directory, System::currentTimeMillis);
    log = store.openOrCreate(new LogId(new Uuid(1, 2), 0), config);
  }

  /** It costs no system call and takes no room to append to it, and nothing can be read. */
  public static ScratchLog forgetful() throws IOException {
    LogConfig usual = LogConfig.DEFAULTS;
    return new ScratchLog(
        new ForgetfulDisk(), config(usual.segmentIndexBytes(), usual.indexIntervalBytes()));
  }

  /** Its one segment, a real file, has an index entry for each batch. */
  public static ScratchLog denselyIndexed() throws IOException {
    return new ScratchLog(Disk.real(), config(Integer.MAX_VALUE, 1));
  }

  /** The defaults, except that records are durable as soon as they have been written. */
  private static LogConfig config(int segmentIndexBytes, int indexIntervalBytes) {
    LogConfig usual = LogConfig.DEFAULTS;
    return new LogConfig(
        usual.segmentBytes(),
        usual.segmentMs(),
        usual.segmentJitterMs(),
        segmentIndexBytes,
        indexIntervalBytes,
        usual.retentionMs(),
        usual.retentionBytes(),
        usual.delete(),
        usual.compact(),
        usual.deleteRetentionMs(),
        usual.minCompactionLagMs(),
        usual.maxCompactionLagMs(),
        usual.minCleanableDirtyRatio(),
        usual.maxMessageBytes(),
        usual.fileDeleteDelayMs(),
        usual.preallocate(),
        usual.flushMessages(),
        usual.flushMs(),
        Durability.OS);
  }

  public PartitionLog log() {
    return log;
  }

  @Override
  public void close() throws IOException {
    store.close();
    Scratch.delete(directory);
  }
}

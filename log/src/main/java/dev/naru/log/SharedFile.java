package dev.naru.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open file that closes when its last holder lets go. Begins with one holder. */
final class SharedFile {
  private static final Logger LOG = LoggerFactory.getLogger(SharedFile.class);

  final DiskFile file;
  private final Path path;
  private final AtomicInteger holders = new AtomicInteger(1);

  SharedFile(DiskFile file, Path path) {
    this.file = file;
    this.path = path;
  }

  /** False when the file is closed already. */
  boolean retain() {
    int n = holders.get();
    while (n > 0) {
      if (holders.compareAndSet(n, n + 1)) {
        return true;
      }
      n = holders.get();
    }
    return false;
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.warn("Closing {} failed; nothing was lost since what counts was forced", path, e);
      }
    }
  }
}

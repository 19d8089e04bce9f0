package dev.naru.log.bookkeeper.cluster;

import java.io.File;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import org.apache.bookkeeper.bookie.BookieFileChannel;
import org.apache.bookkeeper.bookie.DefaultFileChannelProvider;
import org.apache.bookkeeper.conf.ServerConfiguration;

/**
 * The files of a bookie's journal, with blocks ahead of the writer. BookKeeper makes one of it for
 * each journal, by name.
 */
public final class BookKeeperJournalFiles extends DefaultFileChannelProvider {
  @Override
  public BookieFileChannel open(File file, ServerConfiguration configuration) throws IOException {
    return new JournalFile(super.open(file, configuration));
  }

  private static final class JournalFile implements BookieFileChannel {
    private final BookieFileChannel file;
    private FileChannel filledAhead;

    JournalFile(BookieFileChannel file) {
      this.file = file;
    }

    @Override
    public synchronized FileChannel getFileChannel() throws IOException {
      if (filledAhead == null) {
        filledAhead = new FilledAheadChannel(file.getFileChannel());
      }
      return filledAhead;
    }

    @Override
    public boolean fileExists(File path) {
      return file.fileExists(path);
    }

    @Override
    public FileDescriptor getFD() throws IOException {
      return file.getFD();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

package dev.naru.connect.files;

import dev.naru.connect.common.Fingerprint;
import dev.naru.connect.files.FilesSourceConfig.Format;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is being read, from where it was read up to. Used by one thread. */
final class OpenFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenFile.class);
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final int BLOCK = 64 * 1024;

  /**
   * A record, or a line that cannot be one.
   *
   * @param parsed the record, or null
   * @param problem why it cannot be one, or null
   * @param text the line as it is, for one that cannot be a record
   * @param line its number
   * @param behind the mark behind it
   */
  record Item(RecordFormat.Parsed parsed, String problem, String text, long line, Mark behind) {}

  private final Path path;
  private final WatchedFile file;
  private final FilesSourceConfig config;
  private final boolean complete;
  private final long bytes;
  private final long modifiedMs;
  private final byte[] first;
  private RecordFormat format;
  private RecordScanner scanner;
  private Item unreadable;

  /**
   * Opens a file.
   *
   * @param complete whether nobody writes to it any more
   */
  OpenFile(Path path, WatchedFile file, FilesSourceConfig config, boolean complete)
      throws IOException {
    this.path = path;
    this.file = file;
    this.config = config;
    this.complete = complete;
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    this.bytes = attributes.size();
    this.modifiedMs = attributes.lastModifiedTime().toMillis();
    try (InputStream in = Files.newInputStream(path)) {
      this.first = in.readNBytes(Mark.HEAD);
    }
    try {
      open();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open() throws IOException {
    if (!isSameBeginning()) {
      LOG.info("{} is another file than the one of this name before; it is read anew.", path);
      file.mark(Mark.START);
    }
    if (file.mark().position() == Mark.GIVEN_UP || !readHeader()) {
      return;
    }
    InputStream in = stream();
    if (!file.mark().continues(in)) {
      LOG.info("{} is not what it was when it was read; it is read anew.", path);
      in.close();
      file.mark(Mark.START);
      in = stream();
    }
    long position = file.mark().position();
    scanner = new RecordScanner(in, position, separator(), config.recordBytesMax());
    if (config.format() == Format.CSV && config.hasHeader() && position == 0) {
      passHeader();
    }
  }

  private boolean isSameBeginning() {
    int known = file.mark().headBytes();
    return known <= first.length
        && (known == 0 || Fingerprint.of(Arrays.copyOf(first, known)).equals(file.mark().head()));
  }

  private int separator() {
    return config.format() == Format.CSV ? config.separator() : -1;
  }

  /** The contents from the start, without a byte order mark. */
  private InputStream stream() throws IOException {
    InputStream in = Files.newInputStream(path);
    try {
      boolean zipped = path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".gz");
      return zipped && bytes > 0 ? new BufferedInputStream(new GZIPInputStream(in, BLOCK)) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /** Whether it is known what the columns are. */
  private boolean readHeader() throws IOException {
    try {
      if (config.format() != Format.CSV || !config.hasHeader()) {
        format = new RecordFormat(config, config.columns());
        return true;
      }
      try (RecordScanner header =
          new RecordScanner(stream(), 0, separator(), config.recordBytesMax())) {
        RecordScanner.Piece piece = header.next(complete);
        if (piece == null) {
          return false;
        }
        if (piece.problem() != null) {
          throw new BrokenRecordException(piece.problem());
        }
        byte[] names = withoutMark(piece.bytes());
        format = new RecordFormat(config, RecordFormat.header(names, config.separator()));
        return true;
      }
    } catch (BrokenRecordException e) {
      unreadable = new Item(null, e.getMessage(), "", 1, file.mark().givenUp(first));
      return false;
    }
  }

  private void passHeader() throws IOException {
    RecordScanner.Piece header = scanner.next(complete);
    if (header != null) {
      file.mark(file.mark().behind(header, first));
    }
  }

  private static byte[] withoutMark(byte[] record) {
    boolean marked =
        record.length >= BYTE_ORDER_MARK.length
            && Arrays.equals(
                record, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
    return marked ? Arrays.copyOfRange(record, BYTE_ORDER_MARK.length, record.length) : record;
  }

  /**
   * The next record, or null at the end.
   *
   * @throws IOException when the file cannot be read, or what is compressed is cut off
   */
  Item next() throws IOException {
    if (unreadable != null) {
      Item item = unreadable;
      unreadable = null;
      file.mark(item.behind());
      return item;
    }
    while (scanner != null) {
      boolean atStart = file.mark().position() == 0;
      RecordScanner.Piece piece = scanner.next(complete);
      if (piece == null) {
        return null;
      }
      Item item = item(piece, atStart);
      if (item != null) {
        return item;
      }
    }
    return null;
  }

  private Item item(RecordScanner.Piece piece, boolean atStart) {
    long line = file.mark().line() + 1;
    try {
      if (piece.problem() != null) {
        throw new BrokenRecordException(piece.problem(), true);
      }
      RecordFormat.Parsed parsed = format.parse(record(piece, atStart));
      file.mark(file.mark().behind(piece, first));
      return parsed == null ? null : new Item(parsed, null, null, line, file.mark());
    } catch (BrokenRecordException e) {
      RecordScanner.Piece broken = e.isAboutQuotes() ? scanner.firstLineOf(piece) : piece;
      file.mark(file.mark().behind(broken, first));
      String text = new String(record(broken, atStart), StandardCharsets.UTF_8);
      return new Item(null, e.getMessage(), text, line, file.mark());
    }
  }

  private static byte[] record(RecordScanner.Piece piece, boolean atStart) {
    return atStart ? withoutMark(piece.bytes()) : piece.bytes();
  }

  WatchedFile file() {
    return file;
  }

  /** Tells the file that its end was reached. */
  void atEnd() {
    file.atEnd(bytes, modifiedMs, complete);
  }

  boolean isComplete() {
    return complete;
  }

  @Override
  public void close() throws IOException {
    if (scanner != null) {
      scanner.close();
    }
  }
}

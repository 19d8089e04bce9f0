package dev.naru.connect.files;

import dev.naru.connect.common.Backoff;
import dev.naru.connect.common.Pause;
import dev.naru.connect.common.PluginVersion;
import dev.naru.connect.files.FilesSourceConfig.Errors;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.zip.ZipException;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads files one after the other. A record's offset says how much of its file was read with it, so
 * that a task that starts again neither leaves out nor repeats a line that Connect has.
 */
public final class FilesSourceTask extends SourceTask {
  private static final Logger LOG = LoggerFactory.getLogger(FilesSourceTask.class);
  private static final Backoff BACKOFF = new Backoff(1_000, 30_000);
  private static final String PARTITION = "file";

  private final LongSupplier clock;
  private final Pause pause;
  private FilesSourceConfig config;
  private WatchedFolder folder;
  private OpenFile open;
  private int failuresInRow;
  private long dueMs;
  private ConnectException failure;
  private boolean closed;

  public FilesSourceTask() {
    this(() -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()), new Pause());
  }

  /**
   * With a clock of the caller's.
   *
   * @param clock milliseconds from anywhere, never backwards
   */
  FilesSourceTask(LongSupplier clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  @Override
  public void start(Map<String, String> props) {
    config = new FilesSourceConfig(props);
    folder =
        new WatchedFolder(
            config, name -> Mark.of(context.offsetStorageReader().offset(Map.of(PARTITION, name))));
    dueMs = clock.getAsLong();
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    return pause.untilDue(dueMs, clock) ? read() : null;
  }

  private synchronized List<SourceRecord> read() {
    if (closed) {
      return null;
    }
    if (failure != null) {
      throw failure;
    }
    try {
      open = open == null ? folder.openNext() : open;
      List<SourceRecord> records = open == null ? List.of() : records();
      records.forEach(record -> fileOf(record).sending());
      failuresInRow = 0;
      if (open == null && failure == null && !folder.hasMore()) {
        dueMs = clock.getAsLong() + config.pollIntervalMs();
      }
      return records.isEmpty() ? null : records;
    } catch (IOException e) {
      closeOpen();
      long pauseMs = BACKOFF.pauseMs(++failuresInRow);
      dueMs = clock.getAsLong() + pauseMs;
      String sentence =
          "The folder "
              + config.folder()
              + " cannot be read: "
              + WatchedFolder.reason(e)
              + " (tried again in "
              + pauseMs
              + " ms, nothing is lost)";
      throw new RetriableException(sentence, e);
    }
  }

  private List<SourceRecord> records() throws IOException {
    List<SourceRecord> records = new ArrayList<>();
    Mark before = open.file().mark();
    try {
      while (records.size() < config.batchRows()) {
        OpenFile.Item item = open.next();
        if (item == null) {
          open.atEnd();
          closeOpen();
          break;
        }
        SourceRecord record = record(open.file(), item);
        if (record != null) {
          records.add(record);
        }
      }
    } catch (EOFException | ZipException e) {
      unzippable(e);
    } catch (IOException e) {
      // What was read in vain is read again.
      open.file().mark(before);
      throw e;
    } catch (ConnectException e) {
      closeOpen();
      if (records.isEmpty()) {
        throw e;
      }
      // What comes before the bad line is delivered first, or it never would be.
      failure = e;
    }
    return records;
  }

  private WatchedFile fileOf(SourceRecord record) {
    return folder.file(String.valueOf(record.sourcePartition().get(PARTITION)));
  }

  /** What is compressed may be still on its way, unless nobody has written to it for a while. */
  private void unzippable(IOException e) {
    WatchedFile file = open.file();
    boolean complete = open.isComplete();
    open.atEnd();
    closeOpen();
    if (complete) {
      String sentence =
          sentence(
              file, file.mark().line() + 1, "cannot be decompressed: " + WatchedFolder.reason(e));
      if (config.errors() == Errors.FAIL) {
        throw new ConnectException(sentence, e);
      }
      LOG.warn("{} The rest of it is left out.", sentence);
    }
  }

  /** The record for the topic, or null for a line that is left out. */
  private SourceRecord record(WatchedFile file, OpenFile.Item item) {
    if (item.problem() == null) {
      RecordFormat.Parsed parsed = item.parsed();
      return new SourceRecord(
          Map.of(PARTITION, file.name()),
          item.behind().toOffset(),
          config.topic(),
          null,
          parsed.key() == null ? null : Schema.STRING_SCHEMA,
          parsed.key(),
          parsed.schema(),
          parsed.value());
    }
    String sentence = sentence(file, item.line(), item.problem());
    return switch (config.errors()) {
      case FAIL -> throw new ConnectException(sentence);
      case SKIP -> {
        LOG.warn("{} It is left out.", sentence);
        yield null;
      }
      case TOPIC -> errorRecord(file, item, sentence);
    };
  }

  private static String sentence(WatchedFile file, long line, String problem) {
    return "File " + file.name() + ", line " + line + ": it " + problem + ".";
  }

  private SourceRecord errorRecord(WatchedFile file, OpenFile.Item item, String sentence) {
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString("naru.file", file.name());
    headers.addLong("naru.line", item.line());
    headers.addString("naru.error", sentence);
    return new SourceRecord(
        Map.of(PARTITION, file.name()),
        item.behind().toOffset(),
        config.errorsTopic(),
        null,
        Schema.STRING_SCHEMA,
        file.name(),
        Schema.STRING_SCHEMA,
        item.text(),
        null,
        headers);
  }

  private void closeOpen() {
    OpenFile closing = open;
    open = null;
    if (closing != null) {
      try {
        closing.close();
      } catch (IOException e) {
        LOG.debug("closing {} failed", closing.file().name(), e);
      }
    }
  }

  /** The topic has a record; comes from any thread. */
  @Override
  public void commitRecord(SourceRecord record, RecordMetadata metadata) {
    WatchedFile file = fileOf(record);
    if (file != null) {
      file.sent();
    }
  }

  /** Comes from another thread than polls do. */
  @Override
  public void stop() {
    pause.stop();
    synchronized (this) {
      closed = true;
      closeOpen();
    }
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}

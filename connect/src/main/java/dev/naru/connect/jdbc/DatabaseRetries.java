package dev.naru.connect.jdbc;

import dev.naru.connect.common.RetryOptions;
import java.sql.SQLException;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges what a database throws: what may pass is tried again after growing pauses, for as long as
 * the options say, and the rest ends the task. Used by one thread.
 */
final class DatabaseRetries {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseRetries.class);

  /**
   * A failure that is tried again.
   *
   * @param sentence what happened, for people
   * @param pauseMs how long to wait before the next try
   */
  record Retry(String sentence, long pauseMs) {}

  private final DatabaseConfig config;
  private final Database database;
  private int failuresInRow;

  DatabaseRetries(DatabaseConfig config, Database database) {
    this.config = config;
    this.database = database;
  }

  /**
   * Takes note of a failure. Undoes what was not committed, and gives a broken connection up.
   *
   * @param waits what becomes of the work, in a few words
   * @throws ConnectException when trying again makes no sense, or was tried often enough
   */
  Retry failed(SQLException e, String waits) {
    boolean wasOpen = database.isOpen();
    database.rollback();
    boolean lost = wasOpen && !database.isOpen();
    boolean mayPass = lost || SqlErrors.mayPass(e) || !wasOpen;
    String what =
        "The database "
            + database.describe()
            + (wasOpen ? " failed" : " cannot be reached")
            + ": "
            + SqlErrors.message(e);
    failuresInRow++;
    boolean tooOften = RetryOptions.isTooOften(config, failuresInRow);
    if (!mayPass || SqlErrors.isRefusal(e) || tooOften) {
      throw new ConnectException(what, e);
    }
    long pauseMs = RetryOptions.backoff(config).pauseMs(failuresInRow);
    String sentence = what + " (" + waits + "; tried again in " + pauseMs + " ms, nothing is lost)";
    LOG.warn("{}", sentence);
    return new Retry(sentence, pauseMs);
  }

  /** Takes note that the database works. */
  void succeeded() {
    if (failuresInRow > 0) {
      LOG.info("The database {} works again.", database.describe());
    }
    failuresInRow = 0;
  }
}

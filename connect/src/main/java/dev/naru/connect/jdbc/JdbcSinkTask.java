package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what Connect hands over, in one transaction per {@link #put}, so that offsets are
 * committed only for what the database has. While the database is away, Connect keeps the records
 * and hands them over again: at least once, and with a key exactly once in effect.
 */
public final class JdbcSinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcSinkTask.class);

  private JdbcSinkConfig config;
  private RowMapper mapper;
  private Database database;
  private Tables tables;
  private BatchWriter writer;
  private SinkStatus status;
  private ErrantRecordReporter reporter;
  private int failuresInRow;

  @Override
  public void start(Map<String, String> props) {
    config = new JdbcSinkConfig(props);
    mapper = new RowMapper(config);
    database = new Database(config);
    tables = new Tables(config);
    writer = new BatchWriter(config, tables);
    status = new SinkStatus(config.name(), config.task());
    reporter = context == null ? null : context.errantRecordReporter();
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    List<BadRecord> bad = new ArrayList<>();
    List<Row> rows = rows(records, bad);
    try {
      Connection connection = database.connection();
      BatchWriter.Result result =
          writer.write(
              connection, database.dialect(), rows, (row, why) -> bad(row.record(), why, bad));
      status.committed(records.size(), result);
      bad.forEach(this::report);
      if (failuresInRow > 0) {
        LOG.info("The database {} takes records again.", database.describe());
      }
      failuresInRow = 0;
    } catch (SQLException e) {
      troubled(e, records.size());
    } catch (RuntimeException e) {
      database.rollback();
      status.failed(e.getMessage());
      throw e;
    }
  }

  private List<Row> rows(Collection<SinkRecord> records, List<BadRecord> bad) {
    List<Row> rows = new ArrayList<>(records.size());
    for (SinkRecord record : records) {
      try {
        Row row = mapper.row(record);
        if (row == null) {
          leftOut(record);
        } else {
          rows.add(row);
        }
      } catch (BadRecordException e) {
        bad(record, e, bad);
      }
    }
    return rows;
  }

  private void leftOut(SinkRecord record) {
    status.leftOut();
    if (status.getLeftOut() == 1) {
      LOG.info(
          "Records without a value are left out, {}-{}@{} the first of them; delete.enabled=true would delete their rows.",
          record.topic(),
          record.kafkaPartition(),
          record.kafkaOffset());
    }
  }

  private record BadRecord(SinkRecord record, BadRecordException why) {}

  /** Without anybody to report to, a bad record stops the task. */
  private void bad(SinkRecord record, BadRecordException why, List<BadRecord> bad) {
    if (reporter == null) {
      throw new ConnectException(why.getMessage(), why);
    }
    bad.add(new BadRecord(record, why));
  }

  /**
   * Tells Connect, which stops the task, logs the record or sends it to a topic, as
   * errors.tolerance says. Only after the commit: what is tried again must not be reported twice.
   */
  private void report(BadRecord bad) {
    reporter.report(bad.record(), bad.why());
    status.badRecord();
    LOG.warn("{}", bad.why().getMessage());
  }

  private void troubled(SQLException e, int records) {
    boolean wasOpen = database.isOpen();
    database.rollback();
    tables.forget();
    boolean lost = wasOpen && !database.isOpen();
    boolean mayPass = lost || SqlErrors.mayPass(e) || !wasOpen;
    String what =
        "The database "
            + database.describe()
            + (wasOpen ? " failed" : " cannot be reached")
            + ": "
            + SqlErrors.message(e);
    failuresInRow++;
    boolean tooOften = config.retriesMax() >= 0 && failuresInRow > config.retriesMax();
    if (!mayPass || SqlErrors.isRefusal(e) || tooOften) {
      status.failed(what);
      throw new ConnectException(what, e);
    }
    long pauseMs = config.backoffMs(failuresInRow);
    String sentence =
        what
            + " ("
            + records
            + " records wait; tried again in "
            + pauseMs
            + " ms, nothing is lost)";
    status.retrying(sentence);
    LOG.warn("{}", sentence);
    context.timeout(pauseMs);
    throw new RetriableException(sentence, e);
  }

  @Override
  public void stop() {
    if (status != null) {
      status.close();
    }
    if (database != null) {
      database.close();
    }
  }

  @Override
  public String version() {
    return JdbcSinkConnector.VERSION;
  }
}

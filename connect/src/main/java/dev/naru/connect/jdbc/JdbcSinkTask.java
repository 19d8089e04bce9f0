package dev.naru.connect.jdbc;

import dev.naru.connect.common.PluginVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
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
 * and hands them over again: at least once, with a key exactly once in effect, and with a table of
 * offsets exactly once.
 */
public final class JdbcSinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcSinkTask.class);

  private JdbcSinkConfig config;
  private RowMapper mapper;
  private Database database;
  private Tables tables;
  private BatchWriter writer;
  private ExactlyOnce exactlyOnce;
  private SinkStatus status;
  private ErrantRecordReporter reporter;
  private DatabaseRetries retries;

  @Override
  public void start(Map<String, String> props) {
    config = new JdbcSinkConfig(props);
    mapper = new RowMapper(config);
    database = new Database(config, false);
    retries = new DatabaseRetries(config, database);
    tables = new Tables(config);
    writer = new BatchWriter(config, tables);
    if (config.offsetsTable() != null) {
      exactlyOnce = new ExactlyOnce(new OffsetTable(config.offsetsTable(), config.name()), context);
    }
    status = new SinkStatus(config.name(), config.task());
    reporter = context == null ? null : context.errantRecordReporter();
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    try {
      if (exactlyOnce == null) {
        List<BadRecord> bad = new ArrayList<>();
        write(records, BatchWriter.Transaction.PLAIN, bad);
        // What is tried again must not be reported twice.
        bad.forEach(this::report);
      } else {
        writeExactlyOnce(records);
      }
      retries.succeeded();
    } catch (SQLException e) {
      troubled(e, records.size());
    } catch (RuntimeException e) {
      database.rollback();
      status.failed(e.getMessage());
      throw e;
    }
  }

  private void write(
      Collection<SinkRecord> records, BatchWriter.Transaction transaction, List<BadRecord> bad)
      throws SQLException {
    List<Row> rows = rows(records, bad);
    Connection connection = database.connection();
    BatchWriter.Result result =
        writer.write(
            connection,
            database.dialect(),
            rows,
            transaction,
            (row, why) -> bad(row.record(), why, bad));
    status.committed(records.size(), result);
  }

  /** Bad records are reported before their offsets are written: later might be never. */
  private void writeExactlyOnce(Collection<SinkRecord> records) throws SQLException {
    List<BadRecord> bad = new ArrayList<>();
    List<SinkRecord> admitted =
        exactlyOnce.admit(
            database.connection(),
            database.dialect(),
            records,
            from -> {
              bad.removeIf(record -> !ExactlyOnce.isNew(record.record(), from));
              bad.stream().map(this::report).toList().forEach(JdbcSinkTask::await);
            });
    if (!admitted.isEmpty()) {
      write(admitted, exactlyOnce, bad);
    }
  }

  private static void await(Future<Void> reported) {
    try {
      reported.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("The sink was stopped while it reported a bad record.", e);
    } catch (ExecutionException e) {
      throw new ConnectException("A bad record could not be reported.", e);
    }
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    if (exactlyOnce != null) {
      exactlyOnce.forget(partitions);
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
   * errors.tolerance says.
   */
  private Future<Void> report(BadRecord bad) {
    Future<Void> reported = reporter.report(bad.record(), bad.why());
    status.badRecord();
    LOG.warn("{}", bad.why().getMessage());
    return reported;
  }

  private void troubled(SQLException e, int records) {
    tables.forget();
    if (exactlyOnce != null) {
      exactlyOnce.forget();
    }
    try {
      DatabaseRetries.Retry retry = retries.failed(e, records + " records wait");
      status.retrying(retry.sentence());
      context.timeout(retry.pauseMs());
      throw new RetriableException(retry.sentence(), e);
    } catch (RetriableException again) {
      throw again;
    } catch (ConnectException end) {
      status.failed(end.getMessage());
      throw end;
    }
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
    return PluginVersion.get();
  }
}

package dev.naru.connect.jdbc;

import dev.naru.connect.common.SinkRecords;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes every record once: what the database says in its {@link OffsetTable} counts, not what
 * Connect remembers. Records that the database has are left out; where it lacks some, Connect is
 * sent back. A task that was taken for dead waits at the lock, and then has nothing to write.
 */
final class ExactlyOnce implements BatchWriter.Transaction {
  private static final Logger LOG = LoggerFactory.getLogger(ExactlyOnce.class);

  /** Told about bad records before their offsets are written; waits until that is safe. */
  @FunctionalInterface
  interface BeforeCommit {
    void run(Map<TopicPartition, Long> from);
  }

  private final OffsetTable table;
  private final SinkTaskContext context;
  private final Set<TopicPartition> met = new HashSet<>();
  private final Map<TopicPartition, Long> from = new HashMap<>();
  private final Map<TopicPartition, Long> ends = new HashMap<>();
  private BeforeCommit beforeCommit;

  ExactlyOnce(OffsetTable table, SinkTaskContext context) {
    this.table = table;
    this.context = context;
  }

  /** These partitions may have been elsewhere meanwhile. */
  void forget(Collection<TopicPartition> partitions) {
    met.removeAll(partitions);
  }

  /** The database was away, and may be another one. */
  void forget() {
    met.clear();
    table.forget();
  }

  /**
   * What of these records is to be written now. Partitions of which the database lacks earlier
   * records are left out: Connect is told to bring them from there on.
   */
  List<SinkRecord> admit(
      Connection connection, Dialect dialect, Collection<SinkRecord> records, BeforeCommit reports)
      throws SQLException {
    Map<TopicPartition, Long> firsts = new HashMap<>();
    ends.clear();
    for (SinkRecord record : records) {
      firsts.merge(SinkRecords.partition(record), record.originalKafkaOffset(), Math::min);
      ends.merge(SinkRecords.partition(record), record.originalKafkaOffset() + 1, Math::max);
    }
    beforeCommit = reports;
    table.prepare(connection, dialect, firsts.keySet());
    Set<TopicPartition> sentBack = new HashSet<>();
    for (Map.Entry<TopicPartition, Long> first : firsts.entrySet()) {
      if (met.add(first.getKey()) && isSentBack(connection, dialect, first)) {
        sentBack.add(first.getKey());
        ends.remove(first.getKey());
      }
    }
    connection.rollback();
    List<SinkRecord> admitted = new ArrayList<>(records);
    admitted.removeIf(record -> sentBack.contains(SinkRecords.partition(record)));
    return admitted;
  }

  private boolean isSentBack(
      Connection connection, Dialect dialect, Map.Entry<TopicPartition, Long> first)
      throws SQLException {
    TopicPartition partition = first.getKey();
    long next = table.lock(connection, dialect, partition);
    if (next > first.getValue()) {
      LOG.warn(
          "{} has the records of {} before offset {} already; they are left out.",
          table,
          partition,
          next);
    }
    if (next >= first.getValue() || next == 0) {
      return false;
    }
    LOG.warn(
        "{} has the records of {} before offset {} only; they are read from there.",
        table,
        partition,
        next);
    context.offset(partition, next);
    return true;
  }

  @Override
  public List<Row> begin(Connection connection, Dialect dialect, List<Row> rows)
      throws SQLException {
    from.clear();
    for (TopicPartition partition : ends.keySet()) {
      from.put(partition, table.lock(connection, dialect, partition));
    }
    return rows.stream().filter(row -> isNew(row.record(), from)).toList();
  }

  /** Whether the database does not have a record yet. */
  static boolean isNew(SinkRecord record, Map<TopicPartition, Long> from) {
    return record.originalKafkaOffset() >= from.getOrDefault(SinkRecords.partition(record), 0L);
  }

  @Override
  public void end(Connection connection, Dialect dialect) throws SQLException {
    beforeCommit.run(Map.copyOf(from));
    Map<TopicPartition, Long> next = new HashMap<>(ends);
    next.replaceAll((partition, end) -> Math.max(end, from.get(partition)));
    table.store(connection, dialect, next);
  }
}

package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one table, a batch at a time, and knows where it is. Where rows have an order without ties,
 * each batch is a query of its own that begins behind the last row; otherwise a result is kept open
 * until it was read. Used by one thread.
 */
final class TableReader {
  private static final Logger LOG = LoggerFactory.getLogger(TableReader.class);
  private static final int SEEN_MAX = 1_000;
  private static final String ROUND = "round";

  /** The largest number that a table had at a time. */
  private record Seen(long atMs, Object largest) {}

  private final JdbcSourceConfig config;
  private final SourceTable table;
  private final String topic;
  private final Map<String, ?> offset;
  private final LongSupplier clock;
  private final Deque<Seen> seen = new ArrayDeque<>();
  private SourceOrder order;
  private RowLayout layout;
  private List<Object> position;
  private PreparedStatement statement;
  private ResultSet rows;
  private RowLayout.Fetched held;
  private long roundMs;
  private long dueMs;

  /**
   * A reader that has not read anything yet.
   *
   * @param offset where Connect says that the table was read up to; null from the start
   * @param clock milliseconds
   */
  TableReader(
      JdbcSourceConfig config, SourceTable table, Map<String, ?> offset, LongSupplier clock) {
    this.config = config;
    this.table = table;
    this.topic = config.topic(table.schema(), table.table());
    this.offset = offset == null ? Map.of() : offset;
    this.clock = clock;
  }

  /** When it makes sense to read next, on the clock. */
  long dueMs() {
    return dueMs;
  }

  /** Whether a result is open, so that nothing else can be asked over the same connection. */
  boolean isReading() {
    return rows != null;
  }

  /**
   * Reads the next rows; none when there is nothing new.
   *
   * @throws SQLException when the database fails; what was read before stays read
   * @throws ConnectException when going on makes no sense
   */
  List<SourceRecord> read(Connection connection, Dialect dialect) throws SQLException {
    try {
      if (order == null) {
        order = SourceOrder.of(connection, dialect, table, config);
        position = position == null ? startingPosition() : position;
      }
      if (rows == null && !open(connection, dialect)) {
        connection.rollback();
        dueMs = clock.getAsLong() + config.pollIntervalMs();
        return List.of();
      }
      return nextRows(connection);
    } catch (SQLException e) {
      abandon();
      if (SqlErrors.mayPass(e)) {
        throw e;
      }
      return judge(connection, dialect, e);
    }
  }

  /** A table that is gone is no trouble of the others; one that changed may say so better. */
  private List<SourceRecord> judge(Connection connection, Dialect dialect, SQLException e)
      throws SQLException {
    connection.rollback();
    if (table.query() == null && dialect.isNoSuchTable(e)) {
      LOG.warn("There is no {} any more; it is looked for again.", table);
      dueMs = clock.getAsLong() + config.tablesPollIntervalMs();
      return List.of();
    }
    order = null;
    SourceOrder.of(connection, dialect, table, config);
    throw e;
  }

  private List<Object> startingPosition() {
    List<Object> start = new ArrayList<>();
    if (config.mode() == JdbcSourceConfig.Mode.BULK || offset.isEmpty()) {
      return start;
    }
    for (OrderColumn column : order.columns()) {
      Object value = offset.get(column.name());
      if (value == null) {
        break;
      }
      start.add(value);
    }
    if (start.isEmpty() || start.size() < offset.size()) {
      throw new ConnectException(
          "The offset of "
              + table
              + ", "
              + offset
              + ", was kept for other columns than "
              + order.names()
              + "; set or reset the connector's offsets, or give it back its mode and columns.");
    }
    return start;
  }

  /** Begins a result; whether there may be something in it. */
  private boolean open(Connection connection, Dialect dialect) throws SQLException {
    String comparison = null;
    Object bound = null;
    if (config.mode().hasTimestamp()) {
      comparison = "<";
      bound =
          order
              .columns()
              .get(0)
              .at(dialect.now(connection).minusMillis(config.delayMs()), config.zone());
    } else if (config.mode().hasIncrementing() && config.delayMs() > 0) {
      comparison = "<=";
      bound = settled(connection, dialect);
      if (bound == null || (!position.isEmpty() && !OrderColumn.isLarger(bound, position.get(0)))) {
        return false;
      }
    }
    SourceSql sql =
        SourceSql.page(
            dialect,
            table.from(dialect),
            order.names(),
            position.size(),
            comparison,
            isPaged() ? config.batchRows() : 0);
    start(connection, dialect, sql, bound);
    return true;
  }

  /** Whether each batch is a query of its own. */
  private boolean isPaged() {
    return !order.hasTies() && !order.columns().isEmpty();
  }

  private void start(Connection connection, Dialect dialect, SourceSql sql, Object bound)
      throws SQLException {
    statement =
        connection.prepareStatement(
            sql.text(), ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    // Without it drivers fetch the whole result into memory.
    statement.setFetchSize(config.batchRows());
    int index = 1;
    for (int parameter : sql.parameters()) {
      if (parameter == SourceSql.BOUND) {
        order.columns().get(0).bind(statement, index, bound, dialect);
      } else {
        bindPosition(dialect, index, parameter);
      }
      index++;
    }
    rows = statement.executeQuery();
    layout = RowLayout.of(rows.getMetaData(), dialect, layout, table, order, config);
    roundMs = clock.getAsLong();
  }

  private void bindPosition(Dialect dialect, int index, int parameter) throws SQLException {
    OrderColumn column = order.columns().get(parameter);
    try {
      column.bind(statement, index, position.get(parameter), dialect);
    } catch (RuntimeException e) {
      throw new ConnectException(
          "The offset of "
              + table
              + " has "
              + position.get(parameter)
              + " for "
              + column.name()
              + ", which such a column cannot hold; set or reset the connector's offsets.",
          e);
    }
  }

  /**
   * The largest number that the table had long enough ago: transactions that took a smaller one had
   * that long to commit. Null when there is none.
   */
  private Object settled(Connection connection, Dialect dialect) throws SQLException {
    OrderColumn column = order.columns().get(0);
    String sql = SourceSql.largest(dialect, table.from(dialect), column.name());
    try (Statement asking = connection.createStatement();
        ResultSet answer = asking.executeQuery(sql)) {
      Object largest = answer.next() ? column.read(answer, 1) : null;
      boolean news = seen.isEmpty() || !seen.getLast().largest().equals(largest);
      if (largest != null && news && seen.size() < SEEN_MAX) {
        seen.addLast(new Seen(clock.getAsLong(), largest));
      }
    }
    long oldMs = clock.getAsLong() - config.delayMs();
    Object settled = null;
    while (!seen.isEmpty() && seen.getFirst().atMs() <= oldMs) {
      settled = seen.getFirst().largest();
      if (seen.size() == 1) {
        break;
      }
      seen.removeFirst();
    }
    return settled;
  }

  private List<SourceRecord> nextRows(Connection connection) throws SQLException {
    List<SourceRecord> records = new ArrayList<>();
    int max = config.batchRows();
    boolean ended = false;
    while (records.size() < max && !ended) {
      ended = !rows.next();
      if (order.hasTies()) {
        addWithTies(records, ended ? null : layout.read(rows));
      } else if (!ended) {
        RowLayout.Fetched row = layout.read(rows);
        position = row.position();
        records.add(record(row));
      }
    }
    if (ended || isPaged()) {
      close();
      connection.rollback();
    }
    dueMs = clock.getAsLong() + (ended ? config.pollIntervalMs() : 0);
    return records;
  }

  /**
   * The place behind a row is one behind all rows of the same place: only the last of them carries
   * it, for otherwise the others would be left out after a restart.
   */
  private void addWithTies(List<SourceRecord> records, RowLayout.Fetched next) {
    if (held != null) {
      if (next == null || !next.position().equals(held.position())) {
        position = held.position();
      }
      records.add(record(held));
    }
    held = next;
  }

  private SourceRecord record(RowLayout.Fetched row) {
    return new SourceRecord(
        table.partition(),
        offset(),
        topic,
        null,
        layout.keySchema(),
        row.key(),
        layout.valueSchema(),
        row.value());
  }

  private Map<String, Object> offset() {
    if (order.columns().isEmpty()) {
      return Map.of(ROUND, roundMs);
    }
    Map<String, Object> now = new LinkedHashMap<>();
    for (int i = 0; i < position.size(); i++) {
      now.put(order.columns().get(i).name(), position.get(i));
    }
    return now;
  }

  private void close() throws SQLException {
    ResultSet closingRows = rows;
    PreparedStatement closing = statement;
    rows = null;
    statement = null;
    held = null;
    if (closingRows != null) {
      closingRows.close();
    }
    if (closing != null) {
      closing.close();
    }
  }

  /** The connection is of no use any more, and an open result neither. */
  void abandon() {
    try {
      close();
    } catch (SQLException e) {
      LOG.debug("closing what was read of {} failed", table, e);
    }
  }
}

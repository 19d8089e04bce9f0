package dev.naru.connect.jdbc;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;

/** Tells failures that may pass from those that will not, by SQLSTATE and by type. */
final class SqlErrors {
  /** No table of this name: PostgreSQL's state, and those of MariaDB and H2. */
  private static final Set<String> NO_TABLE = Set.of("42P01", "3F000", "42S02", "42S03", "42S04");

  /** Deadlock, serialisation, time-outs, lock waits; H2: closed or locked databases. */
  private static final Set<String> PASSING =
      Set.of("55P03", "HYT00", "HYT01", "70100", "90020", "90067", "90098", "90121", "90131");

  private static final Set<String> PASSING_CLASSES = Set.of("08", "40", "53", "57", "58");
  private static final Set<String> REFUSED_CLASSES = Set.of("28", "3D");
  private static final int MARIADB_LOCK_WAIT = 1205;
  private static final Set<Integer> MARIADB_REFUSED = Set.of(1044, 1045, 1049, 1698);
  private static final Set<Integer> H2_REFUSED = Set.of(90149, 90046, 90113);

  /** SQLite has no states: busy, locked, I/O, full, cannot open. */
  private static final Set<Integer> SQLITE_PASSING = Set.of(5, 6, 10, 13, 14);

  private static final int SQLITE_PRIMARY_CODE = 0xFF;

  private SqlErrors() {}

  static boolean isNoSuchTable(SQLException e) {
    return NO_TABLE.contains(String.valueOf(e.getSQLState()));
  }

  /** Whether the same work may succeed later, on this connection or a new one. */
  static boolean mayPass(SQLException e) {
    for (Throwable t : e) {
      boolean passing =
          t instanceof SQLTransientException
              || t instanceof SQLRecoverableException
              || t instanceof SQLNonTransientConnectionException
              || t instanceof IOException
              || (t instanceof SQLException sql && isPassingState(sql));
      if (passing) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPassingState(SQLException e) {
    if (e.getSQLState() == null && e.getClass().getName().startsWith("org.sqlite.")) {
      return SQLITE_PASSING.contains(e.getErrorCode() & SQLITE_PRIMARY_CODE);
    }
    String state = String.valueOf(e.getSQLState());
    return PASSING.contains(state)
        || PASSING_CLASSES.contains(classOf(state))
        || e.getErrorCode() == MARIADB_LOCK_WAIT;
  }

  /**
   * Whether a database that answered will not let us in until somebody changes something:
   * credentials, the database's name.
   */
  static boolean isRefusal(SQLException e) {
    return REFUSED_CLASSES.contains(classOf(String.valueOf(e.getSQLState())))
        || MARIADB_REFUSED.contains(e.getErrorCode())
        || H2_REFUSED.contains(e.getErrorCode());
  }

  private static String classOf(String state) {
    return state.length() < 2 ? "" : state.substring(0, 2);
  }

  /**
   * The first line of what the database says, its further exceptions included when it says "see
   * below".
   */
  static String message(SQLException e) {
    SQLException telling = e;
    while (telling.getNextException() != null && telling instanceof java.sql.BatchUpdateException) {
      telling = telling.getNextException();
    }
    return String.valueOf(telling.getMessage()).lines().findFirst().orElse("no reason given");
  }
}

package dev.naru.cli.demo;

import dev.naru.cli.CliException;
import dev.naru.cli.Table;
import dev.naru.connect.host.ConnectHost;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Properties;

/**
 * The database's table as the demo looks at it, with a connection of its own. Not for use by two
 * threads at once.
 */
final class PagesTable implements AutoCloseable {
  private static final int TITLE_CHARS = 48;

  private final Connection connection;
  private final String url;
  private final String name;

  private PagesTable(Connection connection, String url, String name) {
    this.connection = connection;
    this.url = url;
    this.name = name;
  }

  static PagesTable open(ConnectHost drivers, String url, Properties credentials, String name) {
    try {
      Connection connection = drivers.open(url, credentials);
      connection.setAutoCommit(true);
      return new PagesTable(connection, url, name);
    } catch (SQLException e) {
      throw CliException.failure("cannot open the database " + shown(url) + ": " + sentence(e), e);
    }
  }

  /** Without what may be a password, and without an embedded database's settings. */
  static String shown(String url) {
    String address = url.startsWith("jdbc:h2:") ? url.replaceFirst(";.*", "") : url;
    return address
        .replaceAll("(?i)(password|pwd)=[^&;]*", "$1=***")
        .replaceAll("//[^/@]*@", "//***@");
  }

  private static String sentence(SQLException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse(message).strip();
  }

  boolean exists() {
    try {
      DatabaseMetaData metadata = connection.getMetaData();
      String stored = metadata.storesUpperCaseIdentifiers() ? name.toUpperCase(Locale.ROOT) : name;
      for (String pattern : new String[] {name, stored}) {
        try (ResultSet tables =
            metadata.getTables(
                connection.getCatalog(), null, pattern, new String[] {"TABLE", "BASE TABLE"})) {
          if (tables.next()) {
            return true;
          }
        }
      }
      return false;
    } catch (SQLException e) {
      throw failed("look for the table " + name, e);
    }
  }

  void drop() {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("DROP TABLE " + quoted());
    } catch (SQLException e) {
      throw failed("drop the table " + name, e);
    }
  }

  /** 0 while the sink has not created the table. */
  long rows() {
    if (!exists()) {
      return 0;
    }
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT COUNT(*) FROM " + quoted())) {
      result.next();
      return result.getLong(1);
    } catch (SQLException e) {
      throw failed("count the rows of " + name, e);
    }
  }

  /** The query whose result the demo ends with; the same words for every database. */
  String question() {
    return "SELECT title, CHAR_LENGTH(text) AS characters, url FROM "
        + name
        + " ORDER BY characters DESC, url LIMIT 8";
  }

  Table answer() {
    Table table = new Table("TITLE", "CHARACTERS", "URL");
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(question())) {
      while (result.next()) {
        table.row(shortened(result.getString(1)), result.getLong(2), result.getString(3));
      }
      return table;
    } catch (SQLException e) {
      throw failed("query the table " + name, e);
    }
  }

  private static String shortened(String title) {
    return title == null || title.length() <= TITLE_CHARS
        ? title
        : title.substring(0, TITLE_CHARS - 1) + "…";
  }

  private String quoted() {
    try {
      String quote = connection.getMetaData().getIdentifierQuoteString().strip();
      return quote + name + quote;
    } catch (SQLException e) {
      throw failed("ask for names' quotes", e);
    }
  }

  private CliException failed(String what, SQLException e) {
    return CliException.failure(
        "the database " + shown(url) + " could not " + what + ": " + sentence(e), e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed("be closed", e);
    }
  }
}

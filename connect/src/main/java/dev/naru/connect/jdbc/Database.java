package dev.naru.connect.jdbc;

import dev.naru.connect.common.Secrets;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Properties;
import java.util.ServiceLoader;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to the database, opened when it is needed and again after it broke. Used by one
 * thread.
 */
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int VALID_WAIT_SECONDS = 5;

  private final String url;
  private final Properties credentials;
  private final Driver driver;
  private final boolean reads;
  private Connection connection;
  private Dialect dialect;

  /**
   * A database that nothing connects to yet.
   *
   * @param reads whether its connections are for a source, which reads, or a sink, which writes
   * @throws ConnectException when there is no driver for the URL
   */
  Database(DatabaseConfig config, boolean reads) {
    this.url = config.url();
    this.credentials = config.credentials();
    this.driver = driver(url);
    this.reads = reads;
  }

  /**
   * Drivers are looked up beside the connector: DriverManager would not see those of a plug-in
   * folder.
   */
  private static Driver driver(String url) {
    try {
      for (Driver driver : ServiceLoader.load(Driver.class, Database.class.getClassLoader())) {
        if (driver.acceptsURL(url)) {
          return driver;
        }
      }
    } catch (SQLException e) {
      throw new ConnectException(
          "The URL " + Secrets.redacted(url) + " is not understood: " + SqlErrors.message(e), e);
    }
    throw new ConnectException(
        "No JDBC driver here knows "
            + Secrets.redacted(url)
            + "; put the database's driver beside the connector.");
  }

  /** A connection that does not commit by itself. */
  Connection connection() throws SQLException {
    if (connection == null) {
      Connection opened = open();
      try {
        dialect = dialect(opened.getMetaData().getDatabaseProductName());
        start(opened);
      } catch (SQLException | RuntimeException e) {
        close(opened);
        throw e;
      }
      connection = opened;
    }
    return connection;
  }

  private void start(Connection opened) throws SQLException {
    try (Statement statement = opened.createStatement()) {
      for (String sql : dialect.sessionStart()) {
        statement.execute(sql);
      }
    }
    opened.setAutoCommit(false);
  }

  private Connection open() throws SQLException {
    Dialect assumed = assumedDialect();
    Properties properties = new Properties();
    properties.putAll(reads ? assumed.readingDefaults() : assumed.connectionDefaults());
    // What the URL says wins over our defaults, and drivers differ in which of the two they prefer.
    properties.keySet().removeIf(name -> url.contains(name + "="));
    properties.putAll(credentials);
    Connection opened = driver.connect(url, properties);
    if (opened == null) {
      throw new SQLException("the driver does not take the URL after all", "08001");
    }
    return opened;
  }

  private Dialect assumedDialect() {
    String scheme = url.substring("jdbc:".length()).split(":", 2)[0];
    return dialect(scheme);
  }

  private static Dialect dialect(String product) {
    return switch (product.toLowerCase(Locale.ROOT)) {
      case "postgresql" -> new PostgresDialect();
      case "mariadb" -> new MySqlDialect(true);
      case "mysql" -> new MySqlDialect(false);
      case "h2" -> new H2Dialect();
      case "sqlite" -> new SqliteDialect();
      default ->
          throw new ConnectException(
              "The database "
                  + product
                  + " is not known to Naru's connectors; PostgreSQL, MariaDB, MySQL, H2 and SQLite are.");
    };
  }

  /** Known once there was a connection. */
  Dialect dialect() {
    return dialect;
  }

  /** The database's name for people, without secrets. */
  String describe() {
    return Secrets.redacted(url);
  }

  /** Undoes what was not committed; a connection that cannot do that is given up. */
  void rollback() {
    if (connection == null) {
      return;
    }
    try {
      connection.rollback();
      if (!connection.isValid(VALID_WAIT_SECONDS)) {
        close();
      }
    } catch (SQLException e) {
      LOG.debug("giving up the connection to {}", describe(), e);
      close();
    }
  }

  boolean isOpen() {
    return connection != null;
  }

  @Override
  public void close() {
    Connection closing = connection;
    connection = null;
    if (closing != null) {
      close(closing);
    }
  }

  private void close(Connection closing) {
    try {
      closing.close();
    } catch (SQLException e) {
      LOG.debug("closing the connection to {} failed", describe(), e);
    }
  }
}

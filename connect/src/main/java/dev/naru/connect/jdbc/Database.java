package dev.naru.connect.jdbc;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
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
  private Connection connection;
  private Dialect dialect;

  Database(JdbcSinkConfig config) {
    this.url = config.url();
    this.credentials = config.credentials();
    this.driver = driver(url);
  }

  /**
   * Drivers are looked up beside the sink: DriverManager would not see those of a plug-in folder.
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
            + "; put the database's driver beside the sink.");
  }

  /** A connection that does not commit by itself. */
  Connection connection() throws SQLException {
    if (connection == null) {
      Connection opened = open();
      try {
        opened.setAutoCommit(false);
        dialect = dialect(opened.getMetaData().getDatabaseProductName());
      } catch (SQLException | RuntimeException e) {
        close(opened);
        throw e;
      }
      connection = opened;
    }
    return connection;
  }

  private Connection open() throws SQLException {
    Properties properties = new Properties();
    properties.putAll(assumedDialect().connectionDefaults());
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
      default ->
          throw new ConnectException(
              "The database "
                  + product
                  + " is not known to the JDBC sink; PostgreSQL, MariaDB, MySQL and H2 are.");
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

package dev.naru.spark.sink;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.SinkSpec;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * A database that connections can be made to, from the driver's process and from executors'.
 *
 * @param url JDBC's; may hold a secret
 * @param dialect what kind it is
 * @param credentials user and password, as far as they are given
 */
record Database(String url, Dialect dialect, Map<String, String> credentials)
    implements Serializable {
  static Database of(SinkSpec.Table spec) {
    Map<String, String> credentials = new LinkedHashMap<>();
    spec.user().ifPresent(user -> credentials.put("user", user));
    spec.password().ifPresent(password -> credentials.put("password", password));
    return new Database(spec.url(), Dialect.of(spec.common().place(), spec.url()), credentials);
  }

  /** A connection with which everything is part of a transaction. */
  Connection open() throws SQLException {
    Properties properties = new Properties();
    dialect
        .connectionDefaults()
        .forEach(
            (name, value) -> {
              if (!url.contains(name + "=")) {
                properties.setProperty(name, value);
              }
            });
    properties.putAll(credentials);
    Connection connection = driver().connect(url, properties);
    if (connection == null) {
      throw noDriver(null);
    }
    try {
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /** Looked for with the thread's class loader, which knows the job's own jars. */
  private Driver driver() throws SQLException {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    Iterator<Driver> drivers = ServiceLoader.load(Driver.class, loader).iterator();
    try {
      while (drivers.hasNext()) {
        Driver driver = drivers.next();
        if (driver.acceptsURL(url)) {
          return driver;
        }
      }
    } catch (ServiceConfigurationError e) {
      throw noDriver(e);
    }
    throw noDriver(null);
  }

  private JobException noDriver(Throwable cause) {
    return JobException.failure(
        "there is no JDBC driver for "
            + scheme()
            + "; name its jar below jars, or give it to spark-submit with --jars",
        cause);
  }

  private String scheme() {
    return url.substring(0, url.indexOf(':', "jdbc:".length()) + 1);
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return scheme();
  }
}

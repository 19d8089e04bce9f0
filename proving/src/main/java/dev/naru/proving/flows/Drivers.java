package dev.naru.proving.flows;

import dev.naru.proving.node.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The JDBC drivers that come with the node's connectors, which are on no class path of this room.
 */
public final class Drivers {
  private static final Pattern JARS = Pattern.compile("(mariadb-java-client|postgresql)-.*\\.jar");

  /** Loaded when somebody first connects, for as long as this JVM lives. */
  private static final class Loaded {
    private static final List<Driver> ALL = load();
  }

  private Drivers() {}

  private static List<Driver> load() {
    try (Stream<Path> files = Files.list(Places.connectPlugin())) {
      List<URL> jars = new ArrayList<>();
      for (Path file : (Iterable<Path>) files::iterator) {
        if (JARS.matcher(file.getFileName().toString()).matches()) {
          jars.add(file.toUri().toURL());
        }
      }
      URLClassLoader loader = new URLClassLoader(jars.toArray(URL[]::new));
      List<Driver> drivers = new ArrayList<>();
      ServiceLoader.load(Driver.class, loader).forEach(drivers::add);
      return drivers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Connects.
   *
   * @param properties as the driver knows them, such as user and password
   */
  public static Connection connect(String url, Map<String, String> properties) throws SQLException {
    Properties given = new Properties();
    given.putAll(properties);
    for (Driver driver : Loaded.ALL) {
      if (driver.acceptsURL(url)) {
        return driver.connect(url, given);
      }
    }
    throw new SQLException("no driver in " + Places.connectPlugin() + " knows " + url);
  }
}

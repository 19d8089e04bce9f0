package dev.naru.connect.host.inside;

import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.logging.Level;

/**
 * How much is said where, by the longest prefix of a logger's name. The console follows the same
 * system properties as the node's own logger ({@code org.slf4j.simpleLogger.*}); a connector's log
 * has more.
 */
final class LogLevels {
  private static final String PREFIX = "org.slf4j.simpleLogger.";
  private static final String OF_LOGGER = PREFIX + "log.";

  /** Clients and converters tell all of their settings, for each connector anew. */
  private static final Map<String, Level> KEPT =
      Map.of(
          "", Level.INFO,
          "org.apache.kafka.clients", Level.WARNING,
          "org.apache.kafka.common", Level.WARNING,
          "org.apache.kafka.connect.json", Level.WARNING,
          "org.apache.kafka.connect.runtime.ConnectorConfig", Level.WARNING,
          "org.apache.kafka.connect.runtime.SinkConnectorConfig", Level.WARNING,
          "org.apache.kafka.connect.runtime.SourceConnectorConfig", Level.WARNING,
          "org.apache.kafka.connect.runtime.TaskConfig", Level.WARNING,
          "org.eclipse.jetty", Level.WARNING,
          "org.glassfish", Level.SEVERE);

  private final Map<String, Level> levels;

  private LogLevels(Map<String, Level> levels) {
    this.levels = levels;
  }

  /** What goes to the console. */
  static LogLevels console(Properties system) {
    Map<String, Level> levels = new TreeMap<>();
    levels.put("", level(system.getProperty(PREFIX + "defaultLogLevel", "warn")));
    for (String name : system.stringPropertyNames()) {
      if (name.startsWith(OF_LOGGER)) {
        levels.put(name.substring(OF_LOGGER.length()), level(system.getProperty(name)));
      }
    }
    if (levels.get("").intValue() > Level.INFO.intValue()) {
      // Each request that is refused, with a trace; whoever asked has the sentence.
      levels.putIfAbsent("org.apache.kafka.connect.runtime.rest.errors", Level.OFF);
    }
    // Jersey warns of what its callers then handle.
    levels.putIfAbsent("org.glassfish", Level.SEVERE);
    return new LogLevels(levels);
  }

  /** What is kept for a connector. */
  static LogLevels kept() {
    return new LogLevels(new TreeMap<>(KEPT));
  }

  /** At least as much as either of both. */
  Map<String, Level> with(LogLevels other) {
    Map<String, Level> both = new TreeMap<>();
    levels.keySet().forEach(name -> both.put(name, lower(of(name), other.of(name))));
    other.levels.keySet().forEach(name -> both.put(name, lower(of(name), other.of(name))));
    return both;
  }

  private static Level lower(Level one, Level other) {
    return one.intValue() <= other.intValue() ? one : other;
  }

  /** The level of a logger. */
  Level of(String logger) {
    String prefix = logger == null ? "" : logger;
    while (true) {
      Level found = levels.get(prefix);
      if (found != null) {
        return found;
      }
      // A nested class belongs to the one around it.
      int cut = Math.max(prefix.lastIndexOf('.'), prefix.lastIndexOf('$'));
      prefix = cut < 0 ? "" : prefix.substring(0, cut);
    }
  }

  private static Level level(String slf4j) {
    return switch (slf4j.strip().toLowerCase(Locale.ROOT)) {
      case "trace" -> Level.FINEST;
      case "debug" -> Level.FINE;
      case "info" -> Level.INFO;
      case "error" -> Level.SEVERE;
      case "off" -> Level.OFF;
      default -> Level.WARNING;
    };
  }
}

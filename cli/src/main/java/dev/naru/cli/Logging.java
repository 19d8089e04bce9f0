package dev.naru.cli;

import java.util.List;

/**
 * How much the libraries say on standard error. System properties, because the class loader of
 * Connect's runtime has a logger of its own that reads the same ones; they must be set before the
 * first logger is made.
 */
final class Logging {
  private static final String PREFIX = "org.slf4j.simpleLogger.";

  private Logging() {}

  static void configure(List<String> arguments) {
    boolean debug = arguments.contains("--debug");
    boolean verbose = debug || arguments.contains("--verbose");
    set("defaultLogLevel", verbose ? "info" : "warn");
    set("log.dev.naru", debug ? "debug" : verbose ? "info" : "warn");
    // Kafka's clients warn about what they then retry and what we say in our own words.
    set("log.org.apache.kafka", verbose ? "info" : "error");
    // MariaDB's driver warns of every error that its caller then handles.
    set("log.org.mariadb", verbose ? "warn" : "error");
    // They show a stack trace for whatever is usual when nodes come and go, and at every first
    // start;
    // what a node cannot go on with is told in our own words.
    set("log.org.apache.zookeeper", verbose ? "info" : "off");
    set("log.org.apache.bookkeeper", verbose ? "info" : "off");
    set("showDateTime", "true");
    set("dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
    set("showThreadName", "false");
  }

  private static void set(String name, String value) {
    if (System.getProperty(PREFIX + name) == null) {
      System.setProperty(PREFIX + name, value);
    }
  }
}

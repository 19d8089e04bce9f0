package dev.naru.cli.plugin;

import dev.naru.cli.CliException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Which artifact a plug-in is.
 *
 * @param name what its folder is called
 * @param group Maven's group id
 * @param artifact Maven's artifact id
 * @param version which one
 */
record Coordinates(String name, String group, String artifact, String version) {
  private static final String DEBEZIUM = "io.debezium";

  /** What is known by a short name, in versions that were tried. */
  static final Map<String, Coordinates> CATALOGUE =
      catalogue(
          of("debezium-mariadb", DEBEZIUM, "debezium-connector-mariadb", "3.5.0.Final"),
          of("debezium-mysql", DEBEZIUM, "debezium-connector-mysql", "3.6.1.Final"),
          of("debezium-postgres", DEBEZIUM, "debezium-connector-postgres", "3.7.0.Final"),
          of("debezium-mongodb", DEBEZIUM, "debezium-connector-mongodb", "3.6.1.Final"),
          of("debezium-sqlserver", DEBEZIUM, "debezium-connector-sqlserver", "3.6.1.Final"),
          of("debezium-jdbc", DEBEZIUM, "debezium-connector-jdbc", "3.5.0.Final"),
          of("mongodb", "org.mongodb.kafka", "mongo-kafka-connect", "2.0.1"),
          of("iceberg", "org.apache.iceberg", "iceberg-kafka-connect", "1.12.0"));

  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]*");

  private static Coordinates of(String name, String group, String artifact, String version) {
    return new Coordinates(name, group, artifact, version);
  }

  private static Map<String, Coordinates> catalogue(Coordinates... all) {
    Map<String, Coordinates> catalogue = new TreeMap<>();
    for (Coordinates each : all) {
      catalogue.put(each.name, each);
    }
    return catalogue;
  }

  /** Reads {@code NAME}, {@code NAME@VERSION} or {@code GROUP:ARTIFACT:VERSION}. */
  static Coordinates parse(String text) {
    if (text.contains(":")) {
      String[] parts = text.split(":", -1);
      if (parts.length != 3) {
        throw CliException.mistake(
            "Maven coordinates are GROUP:ARTIFACT:VERSION, such as"
                + " org.mongodb.kafka:mongo-kafka-connect:2.0.1, not '"
                + text
                + "'");
      }
      for (String part : parts) {
        check(part, text);
      }
      return of(parts[1], parts[0], parts[1], parts[2]);
    }
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    Coordinates known = CATALOGUE.get(name);
    if (known == null) {
      throw CliException.mistake(
          "no plug-in is known as '"
              + name
              + "'; known are "
              + String.join(", ", CATALOGUE.keySet())
              + ", and any Maven coordinates GROUP:ARTIFACT:VERSION");
    }
    if (at < 0) {
      return known;
    }
    String version = text.substring(at + 1);
    check(version, text);
    return of(name, known.group, known.artifact, version);
  }

  private static void check(String part, String text) {
    if (!WORD.matcher(part).matches()) {
      throw CliException.mistake(
          "'" + text + "' names no plug-in: '" + part + "' is no part of Maven coordinates");
    }
  }

  @Override
  public String toString() {
    return group + ":" + artifact + ":" + version;
  }
}

package dev.naru.cli.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CoordinatesTest {
  @Test
  void namesStandForCoordinates() {
    assertEquals(
        "io.debezium:debezium-connector-mariadb:3.5.0.Final",
        Coordinates.parse("debezium-mariadb").toString());
    assertEquals(
        "org.mongodb.kafka:mongo-kafka-connect:2.0.0",
        Coordinates.parse("mongodb@2.0.0").toString());
    Coordinates other = Coordinates.parse("org.example:things:1.0");
    assertEquals("things", other.name());
    assertEquals("org.example:things:1.0", other.toString());
  }

  @Test
  void whatMavenSaysBecomesOneSentence() {
    String output =
        """
        [INFO] Scanning for projects...
        [ERROR] Failed to execute goal on project plugin: Could not resolve dependencies -> [Help 1]
        [ERROR]
        """;
    assertEquals("Could not resolve dependencies", Maven.why(output));
    assertTrue(Maven.why("").contains("did not say why"));
  }
}

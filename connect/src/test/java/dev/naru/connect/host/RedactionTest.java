package dev.naru.connect.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "connection.password",
        "database.password",
        "aws.secret.access.key",
        "aws.access.key.id",
        "sasl.jaas.config",
        "producer.override.sasl.jaas.config",
        "http.auth.token",
        "apiKey",
        "api_key",
        "basic.auth.credentials",
        "ssl.keystore.password"
      })
  void secretsAreKnownByTheirNames(String option) {
    assertTrue(Redaction.isSecret(option));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "key.converter",
        "pk.fields",
        "topic",
        "connector.class",
        "token.url",
        "ssl.keystore.location",
        "producer.override.sasl.oauthbearer.token.endpoint.url",
        "password.refresh.ms"
      })
  void whatOnlySoundsSoIsShown(String option) {
    assertFalse(Redaction.isSecret(option));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbc:postgresql://db/x?user=u&password=p4ss&ssl=true | jdbc:postgresql://db/x?user=u&password=[hidden]&ssl=true",
        "mongodb://naru:p4ss@db:27017/shop | mongodb://naru:[hidden]@db:27017/shop",
        "http://127.0.0.1:8080/a?b=c | http://127.0.0.1:8080/a?b=c",
        "a token bucket of 5 | a token bucket of 5",
        "{\"password\":\"p4ss\"} | {\"password\":\"[hidden]\"}",
        "Access denied (using password: YES) | Access denied (using password: YES)",
        "password = p4ss and more | password = [hidden] and more"
      })
  void textsKeepEverythingElse(String text, String shown) {
    assertEquals(shown.strip(), Redaction.text(text.strip()));
    assertEquals(shown.strip(), Redaction.text(shown.strip()), "shown twice");
  }

  @Test
  void referencesToProvidersAreNoSecrets() {
    String reference = "${file:/run/db.properties:password}";
    assertEquals(reference, Redaction.value(true, reference));
    assertEquals("[hidden]", Redaction.value(true, "p4ss"));
    assertEquals("", Redaction.value(true, ""));
  }
}

package dev.naru.cli.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {
  private static final byte[] NOT_TEXT = {(byte) 0xff, 0, 1};

  private static ConsumerRecord<byte[], byte[]> record(byte[] key, byte[] value) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("h", utf8("v\"\n"));
    headers.add("raw", NOT_TEXT);
    return new ConsumerRecord<>(
        "t", 1, 42, 1_000, TimestampType.CREATE_TIME, 0, 0, key, value, headers, Optional.empty());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    String line = JsonLines.write(record(utf8("나루"), NOT_TEXT));
    ProducerRecord<byte[], byte[]> read = JsonLines.read("t2", null, line, "line 1");
    assertEquals("t2", read.topic());
    assertEquals(1, read.partition());
    assertEquals(1_000, read.timestamp());
    assertArrayEquals(utf8("나루"), read.key());
    assertArrayEquals(NOT_TEXT, read.value());
    assertArrayEquals(utf8("v\"\n"), read.headers().lastHeader("h").value());
    assertArrayEquals(NOT_TEXT, read.headers().lastHeader("raw").value());
  }

  @Test
  void nullsStayNull() {
    ProducerRecord<byte[], byte[]> read =
        JsonLines.read("t", null, JsonLines.write(record(null, null)), "line 1");
    assertNull(read.key());
    assertNull(read.value());
  }

  @Test
  void anObjectNeedsNoQuoting() {
    ProducerRecord<byte[], byte[]> read =
        JsonLines.read("t", 3, "{\"value\":{\"a\":[1,true]}}", "line 1");
    assertArrayEquals(utf8("{\"a\":[1,true]}"), read.value());
    assertEquals(3, read.partition());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"key\":          | is not JSON",
        "[1]                | is not a JSON object",
        "{} {}              | more than one",
        "{\"kye\":1}        | unknown member 'kye'",
        "{\"headers\":1}    | headers want an object",
        "{\"key_base64\":\"*\"} | is not Base64",
      })
  void mistakeNamesTheLine(String line, String sentence) {
    CliException e =
        assertThrows(CliException.class, () -> JsonLines.read("t", null, line, "line 7"));
    assertEquals(2, e.exitCode());
    assertTrue(e.getMessage().startsWith("line 7"), e.getMessage());
    assertTrue(e.getMessage().contains(sentence), e.getMessage());
  }
}

package dev.naru.cli.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.naru.cli.CliException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Records as JSON, one a line: what {@code consume --json} writes, {@code produce --json} reads.
 * Bytes that are UTF-8 are {@code key}, {@code value}; others are {@code key_base64}, {@code
 * value_base64}.
 */
final class JsonLines {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String BASE64 = "_base64";

  private JsonLines() {}

  static String write(ConsumerRecord<byte[], byte[]> record) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("topic", record.topic());
      json.writeNumberField("partition", record.partition());
      json.writeNumberField("offset", record.offset());
      json.writeNumberField("timestamp", record.timestamp());
      bytes(json, "key", record.key());
      bytes(json, "value", record.value());
      json.writeObjectFieldStart("headers");
      for (Header header : record.headers()) {
        bytes(json, header.key(), header.value());
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString();
  }

  private static void bytes(JsonGenerator json, String name, byte[] bytes) throws IOException {
    if (bytes == null) {
      json.writeNullField(name);
      return;
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      json.writeStringField(name, text);
    } catch (CharacterCodingException e) {
      json.writeStringField(name + BASE64, Base64.getEncoder().encodeToString(bytes));
    }
  }

  /**
   * Reads one line. Members that only a broker decides ({@code topic}, {@code offset}) are passed
   * over, so that what was consumed can be produced again.
   *
   * @param where names the line in the sentence about a mistake
   */
  static ProducerRecord<byte[], byte[]> read(
      String topic, Integer partition, String line, String where) {
    Fields fields = new Fields();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw CliException.mistake(where + " is not a JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        fields.take(json, name, where);
      }
      if (json.nextToken() != null) {
        throw CliException.mistake(where + " has more than one JSON object");
      }
    } catch (IOException e) {
      throw CliException.mistake(where + " is not JSON: " + firstLine(e.getMessage()), e);
    }
    return new ProducerRecord<>(
        topic,
        partition != null ? partition : fields.partition,
        fields.timestampMs,
        fields.key,
        fields.value,
        fields.headers);
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private static final class Fields {
    private final Headers headers = new RecordHeaders();
    private byte[] key;
    private byte[] value;
    private Integer partition;
    private Long timestampMs;

    void take(JsonParser json, String name, String where) throws IOException {
      switch (name) {
        case "key", "key_base64" -> key = bytes(json, name, where);
        case "value", "value_base64" -> value = bytes(json, name, where);
        case "partition" -> partition = json.getIntValue();
        case "timestamp" -> timestampMs = json.getLongValue();
        case "headers" -> headers(json, where);
        case "topic", "offset" -> json.skipChildren();
        default ->
            throw CliException.mistake(
                where
                    + " has the unknown member '"
                    + name
                    + "'; known are key, value, headers, partition, timestamp");
      }
    }

    private void headers(JsonParser json, String where) throws IOException {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw CliException.mistake(where + ": headers want an object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        byte[] bytes = bytes(json, name, where);
        headers.add(
            name.endsWith(BASE64) ? name.substring(0, name.length() - BASE64.length()) : name,
            bytes);
      }
    }

    /**
     * A string's bytes; any other JSON value stands for its own text, so that objects can be
     * written without quoting.
     */
    private static byte[] bytes(JsonParser json, String name, String where) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return null;
      }
      if (json.currentToken() == JsonToken.VALUE_STRING) {
        String text = json.getText();
        try {
          return name.endsWith(BASE64)
              ? Base64.getDecoder().decode(text)
              : text.getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
          throw CliException.mistake(where + ": " + name + " is not Base64", e);
        }
      }
      StringWriter copy = new StringWriter();
      try (JsonGenerator generator = JSON.createGenerator(copy)) {
        generator.copyCurrentStructure(json);
      }
      return copy.toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}

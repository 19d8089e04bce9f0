package dev.naru.cli.connector;

import dev.naru.cli.CliException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;

/**
 * A connector as a file says it: a properties file as Kafka's standalone worker takes it, with
 * {@code name}; or JSON, as the REST API takes it ({@code name} and {@code config}) or only the
 * configuration with {@code name} in it.
 */
final class ConnectorFile {
  private ConnectorFile() {}

  /** The configuration, with the name in it if the file has one. */
  static Map<String, String> read(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw CliException.mistake("there is no file " + file, e);
    } catch (IOException e) {
      throw CliException.mistake("cannot read " + file + ": " + e.getMessage(), e);
    }
    return text.stripLeading().startsWith("{") ? json(file, text) : properties(file, text);
  }

  private static Map<String, String> properties(Path file, String text) {
    Properties read = new Properties();
    try {
      read.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException e) {
      throw CliException.mistake("cannot read " + file + ": " + e.getMessage(), e);
    }
    Map<String, String> config = new LinkedHashMap<>();
    new TreeSet<>(read.stringPropertyNames())
        .forEach(name -> config.put(name, read.getProperty(name).strip()));
    return config;
  }

  private static Map<String, String> json(Path file, String text) {
    Object read;
    try {
      read = Json.read(text);
    } catch (IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw CliException.mistake(file + " is not JSON: " + first, e);
    }
    Map<String, String> config = new LinkedHashMap<>();
    Object inner = Json.get(read, "config");
    Object whole = inner instanceof Map<?, ?> ? inner : read;
    ((Map<?, ?>) whole)
        .forEach(
            (name, value) -> {
              if (value instanceof Map<?, ?> || value instanceof List<?>) {
                throw CliException.mistake(
                    file + ": " + name + " wants a text or a number, not an object or a list");
              }
              if (value != null) {
                config.put(String.valueOf(name), value.toString());
              }
            });
    if (whole != read && Json.get(read, "name") != null) {
      config.put("name", Json.text(read, "name"));
    }
    return config;
  }
}

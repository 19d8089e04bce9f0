package dev.naru.log.bookkeeper.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Small values by name, as lines of {@code name=value}: what is kept in ZooKeeper and in files. */
record Fields(Map<String, String> values) {
  static Fields of(String... namesAndValues) {
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Fields(values);
  }

  static Fields decode(byte[] bytes) {
    Map<String, String> values = new TreeMap<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return new Fields(values);
  }

  byte[] encode() {
    StringBuilder lines = new StringBuilder();
    values.forEach((name, value) -> lines.append(name).append('=').append(value).append('\n'));
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  /** Empty when there is none. */
  String get(String name) {
    return values.getOrDefault(name, "");
  }

  /** -1 when there is none, or it is no number. */
  int number(String name) {
    try {
      return Integer.parseInt(get(name));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  Fields with(String name, String value) {
    Map<String, String> changed = new TreeMap<>(values);
    changed.put(name, value);
    return new Fields(changed);
  }
}

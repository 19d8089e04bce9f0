package dev.naru.connect.common;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/** A place in a JSON document (RFC 6901), such as {@code /data/items}; "" is the document. */
public final class JsonPointer {
  private final List<String> steps = new ArrayList<>();
  private final String text;

  /**
   * Reads a pointer.
   *
   * @throws IllegalArgumentException when it is neither empty nor begins with a slash
   */
  public JsonPointer(String text) {
    this.text = text;
    if (!text.isEmpty() && text.charAt(0) != '/') {
      throw new IllegalArgumentException("a JSON pointer is empty or begins with a slash");
    }
    if (!text.isEmpty()) {
      for (String step : text.substring(1).split("/", -1)) {
        steps.add(step.replace("~1", "/").replace("~0", "~"));
      }
    }
  }

  /** For options: refuses what is not a pointer. */
  public static void check(String option, Object value) {
    if (value != null) {
      try {
        new JsonPointer(value.toString());
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            option, value, "Not a JSON pointer; one looks like /data/items (RFC 6901).");
      }
    }
  }

  /** The value at this place, or null when there is none. */
  public Object in(Object document) {
    Object here = document;
    for (String step : steps) {
      if (here instanceof Map<?, ?> map) {
        here = map.get(step);
      } else if (here instanceof List<?> list && step.matches("0|[1-9][0-9]{0,8}")) {
        int index = Integer.parseInt(step);
        here = index < list.size() ? list.get(index) : null;
      } else {
        return null;
      }
    }
    return here;
  }

  @Override
  public String toString() {
    return text;
  }
}

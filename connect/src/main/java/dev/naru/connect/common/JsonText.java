package dev.naru.connect.common;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/**
 * Values as JSON text, the way Connect's JsonConverter would write them without schemas, but for
 * dates, which are ISO 8601, and decimals, which are numbers. Stateless.
 */
public final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /** A Struct, map, collection or plain value as one line of JSON. */
  public static String of(Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Struct struct) {
      writeStruct(struct, out);
    } else if (value instanceof Map<?, ?> map) {
      writeMap(map, out);
    } else if (value instanceof Collection<?> all) {
      String comma = "";
      out.append('[');
      for (Object element : all) {
        out.append(comma);
        write(element, out);
        comma = ",";
      }
      out.append(']');
    } else if (value instanceof Double || value instanceof Float) {
      writeFloat((Number) value, out);
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else {
      writeString(text(value), out);
    }
  }

  /** JSON has no word for what is not finite. */
  private static void writeFloat(Number number, StringBuilder out) {
    if (Double.isFinite(number.doubleValue())) {
      out.append(number);
    } else {
      writeString(number.toString(), out);
    }
  }

  private static String text(Object value) {
    if (value instanceof byte[] bytes) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return Base64.getEncoder().encodeToString(bytes);
    }
    return value instanceof java.util.Date date ? date.toInstant().toString() : value.toString();
  }

  private static void writeStruct(Struct struct, StringBuilder out) {
    String comma = "";
    out.append('{');
    for (Field field : struct.schema().fields()) {
      out.append(comma);
      writeString(field.name(), out);
      out.append(':');
      write(struct.get(field), out);
      comma = ",";
    }
    out.append('}');
  }

  private static void writeMap(Map<?, ?> map, StringBuilder out) {
    String comma = "";
    out.append('{');
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(comma);
      writeString(String.valueOf(entry.getKey()), out);
      out.append(':');
      write(entry.getValue(), out);
      comma = ",";
    }
    out.append('}');
  }

  private static void writeString(String s, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}

package dev.naru.connect.files;

import java.util.ArrayList;
import java.util.List;

/** Takes a record of CSV apart (RFC 4180). Pure. */
final class Csv {
  private final String in;
  private final char separator;
  private int at;

  private Csv(String in, char separator) {
    this.in = in;
    this.separator = separator;
  }

  /** The record's fields; null for one that has nothing in it, not even quotes. */
  static List<String> fields(String record, char separator) throws BrokenRecordException {
    Csv csv = new Csv(record, separator);
    List<String> fields = new ArrayList<>();
    fields.add(csv.field());
    while (csv.at < record.length()) {
      csv.at++;
      fields.add(csv.field());
    }
    return fields;
  }

  private String field() throws BrokenRecordException {
    if (at < in.length() && in.charAt(at) == '"') {
      return quoted();
    }
    int end = in.indexOf(separator, at);
    end = end < 0 ? in.length() : end;
    String field = in.substring(at, end);
    at = end;
    return field.isEmpty() ? null : field;
  }

  private String quoted() throws BrokenRecordException {
    StringBuilder out = new StringBuilder();
    at++;
    while (at < in.length()) {
      char c = in.charAt(at++);
      if (c != '"') {
        out.append(c);
      } else if (at < in.length() && in.charAt(at) == '"') {
        out.append('"');
        at++;
      } else if (at == in.length() || in.charAt(at) == separator) {
        return out.toString();
      } else {
        throw new BrokenRecordException(
            "has something after a closing quote, at character " + (at + 1), true);
      }
    }
    throw new BrokenRecordException("has a quote that is not closed", true);
  }
}

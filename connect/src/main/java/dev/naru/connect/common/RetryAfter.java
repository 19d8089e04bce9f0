package dev.naru.connect.common;

import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** The Retry-After header (RFC 9110, section 10.2.3): seconds, or a date. */
public final class RetryAfter {
  private RetryAfter() {}

  /** Milliseconds to wait from {@code wallMs} on; 0 when the header is absent or makes no sense. */
  public static long parseMs(String header, long wallMs) {
    if (header == null) {
      return 0;
    }
    String value = header.trim();
    if (value.matches("[0-9]{1,9}")) {
      return Long.parseLong(value) * 1_000;
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Math.max(0, date.toInstant().toEpochMilli() - wallMs);
    } catch (DateTimeException notADate) {
      return 0;
    }
  }
}

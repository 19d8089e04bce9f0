package dev.naru.spark.job;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: {@code 10 seconds}, {@code 5 min}, {@code 1h}, {@code 250 ms}.
 */
final class Durations {
  private static final Pattern SHAPE = Pattern.compile("(\\d{1,9})\\s*([a-zA-Z]+)");

  private Durations() {}

  static Duration parse(Place place, String text) {
    Matcher matcher = SHAPE.matcher(text.strip());
    if (matcher.matches()) {
      long count = Long.parseLong(matcher.group(1));
      switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
        case "ms", "millis", "millisecond", "milliseconds" -> {
          return Duration.ofMillis(count);
        }
        case "s", "sec", "second", "seconds" -> {
          return Duration.ofSeconds(count);
        }
        case "m", "min", "minute", "minutes" -> {
          return Duration.ofMinutes(count);
        }
        case "h", "hour", "hours" -> {
          return Duration.ofHours(count);
        }
        case "d", "day", "days" -> {
          return Duration.ofDays(count);
        }
        default -> {
          // Told below.
        }
      }
    }
    throw place.mistake(
        "wants a duration such as 10 seconds, 5 minutes or 1 hour, not '" + text + "'");
  }
}

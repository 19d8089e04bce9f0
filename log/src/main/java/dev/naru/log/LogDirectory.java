package dev.naru.log;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;

/** Names of things in the data directory. */
final class LogDirectory {
  /**
   * A log with this file in its directory is deleted; what is left of it goes at the next start.
   */
  static final String DELETED = "deleted";

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}-[0-9]{1,9}");

  private LogDirectory() {}

  static Path logs(Path root) {
    return root.resolve("logs");
  }

  static String name(LogId id) {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(id.topicId().getMostSignificantBits())
        + hex.toHexDigits(id.topicId().getLeastSignificantBits())
        + "-"
        + id.partition();
  }

  static Optional<LogId> parse(String name) {
    if (!NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    Uuid topicId =
        new Uuid(
            Long.parseUnsignedLong(name.substring(0, 16), 16),
            Long.parseUnsignedLong(name.substring(16, 32), 16));
    return Optional.of(new LogId(topicId, Integer.parseInt(name.substring(33))));
  }

  static String summary(long baseOffset) {
    return padded(baseOffset) + ".summary";
  }

  static String producers(long baseOffset) {
    return padded(baseOffset) + ".producers";
  }

  /** An offset in 20 digits, so that names sort as offsets do. */
  static String padded(long offset) {
    String digits = Long.toString(offset);
    return "0".repeat(20 - digits.length()) + digits;
  }
}

package dev.naru.log;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/** Names of things in the data directory. */
final class LogDirectory {
  /**
   * A log with this file in its directory is deleted; what is left of it goes at the next start.
   */
  static final String DELETED = "deleted";

  private LogDirectory() {}

  static Path logs(Path root) {
    return root.resolve("logs");
  }

  static String name(LogId id) {
    return String.format(
        Locale.ROOT,
        "%016x%016x-%d",
        id.topicId().getMostSignificantBits(),
        id.topicId().getLeastSignificantBits(),
        id.partition());
  }

  static Optional<LogId> parse(String name) {
    if (!name.matches("[0-9a-f]{32}-[0-9]{1,9}")) {
      return Optional.empty();
    }
    Uuid topicId =
        new Uuid(
            Long.parseUnsignedLong(name.substring(0, 16), 16),
            Long.parseUnsignedLong(name.substring(16, 32), 16));
    return Optional.of(new LogId(topicId, Integer.parseInt(name.substring(33))));
  }

  static String summary(long baseOffset) {
    return String.format(Locale.ROOT, "%020d.summary", baseOffset);
  }

  static String producers(long baseOffset) {
    return String.format(Locale.ROOT, "%020d.producers", baseOffset);
  }
}

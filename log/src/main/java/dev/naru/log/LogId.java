package dev.naru.log;

import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * Names a partition's log. Topic ids are used instead of names, so that a topic's name never
 * becomes a path and a topic that is deleted and made again gets a log of its own.
 */
public record LogId(Uuid topicId, int partition) {
  /** A name that is safe everywhere: the topic's id in 32 hexadecimal digits, and the partition. */
  public String name() {
    return LogDirectory.name(this);
  }

  /** Reads what {@link #name} gives; empty when it is no such name. */
  public static Optional<LogId> parse(String name) {
    return LogDirectory.parse(name);
  }
}

package dev.naru.connect.common;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;

/** The options for what is tried again, which all of Naru's connectors have. */
public final class RetryOptions {
  private static final String RETRIES_MAX = "max.retries";
  private static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
  private static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";

  private RetryOptions() {}

  /**
   * Defines the three options.
   *
   * @param example a failure that may pass, as in "a failure that may pass, such as …"
   */
  public static ConfigDef define(ConfigDef def, String example) {
    return def.define(
            RETRIES_MAX,
            ConfigDef.Type.INT,
            -1,
            Range.atLeast(-1),
            Importance.MEDIUM,
            "How often in a row a failure that may pass, such as "
                + example
                + ", is tried again; -1: for ever.")
        .define(
            RETRY_BACKOFF_MS,
            ConfigDef.Type.LONG,
            1_000L,
            Range.atLeast(1),
            Importance.LOW,
            "How many milliseconds pass before the first retry; doubles with each further one.")
        .define(
            RETRY_BACKOFF_MAX_MS,
            ConfigDef.Type.LONG,
            30_000L,
            Range.atLeast(1),
            Importance.LOW,
            "The longest pause in milliseconds before a retry.");
  }

  /** Whether this many failures in a row are more than the options allow to try again. */
  public static boolean isTooOften(AbstractConfig config, int failuresInRow) {
    int max = config.getInt(RETRIES_MAX);
    return max >= 0 && failuresInRow > max;
  }

  public static Backoff backoff(AbstractConfig config) {
    return new Backoff(config.getLong(RETRY_BACKOFF_MS), config.getLong(RETRY_BACKOFF_MAX_MS));
  }
}

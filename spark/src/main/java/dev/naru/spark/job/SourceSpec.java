package dev.naru.spark.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Topics as a view.
 *
 * @param place where it stands in the file
 * @param view the view's name
 * @param topics their names; empty when a pattern says which
 * @param pattern a regular expression for topics' names, or empty
 * @param format what a record's value is
 * @param schema the value's fields as SQL's DDL has them; empty for text
 * @param options for Spark's reader of the format, such as {@code timestampFormat}
 * @param watermark how late records may be, if windows are to end
 * @param start where a job begins that has no checkpoint
 * @param errors the topic for records that are malformed, if any
 * @param batchRecords the most records that one batch takes; 0 for all
 * @param failOnDataLoss whether records that are gone before they were read end the job
 */
public record SourceSpec(
    String place,
    String view,
    List<String> topics,
    Optional<String> pattern,
    Format format,
    String schema,
    Map<String, String> options,
    Optional<Watermark> watermark,
    Start start,
    Optional<String> errors,
    long batchRecords,
    boolean failOnDataLoss) {

  /** What a record's value is. */
  public enum Format {
    JSON,
    CSV,
    TEXT
  }

  /** Records that come later than this, by the time in a column, are left out of windows. */
  public record Watermark(String column, Duration delay) {}

  /**
   * Where to begin.
   *
   * @param offsets {@code earliest} or {@code latest}
   * @param timestampMs instead of that, the time of the first record; negative when not given
   */
  public record Start(String offsets, long timestampMs) {}
}

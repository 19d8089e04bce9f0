package dev.naru.log;

/**
 * Names of the notes that belong to one segment of a {@link SegmentHome}; they go with their
 * segment.
 */
public final class SegmentNotes {
  private SegmentNotes() {}

  /** What is known of a sealed segment. */
  public static String summary(long baseOffset) {
    return LogDirectory.summary(baseOffset);
  }

  /** The producers where the segment begins; stays while a segment begins there. */
  public static String producers(long baseOffset) {
    return LogDirectory.producers(baseOffset);
  }
}

package dev.naru.broker.metadata;

import java.util.Comparator;
import org.apache.kafka.image.MetadataImage;

/**
 * How far a state of the metadata goes.
 *
 * @param epoch of the controller; whatever a later one has written goes further
 * @param offset of its last record
 */
public record MetadataPosition(int epoch, long offset) implements Comparable<MetadataPosition> {
  private static final Comparator<MetadataPosition> ORDER =
      Comparator.comparingInt(MetadataPosition::epoch).thenComparingLong(MetadataPosition::offset);

  public static MetadataPosition of(MetadataImage image) {
    return new MetadataPosition(
        image.provenance().lastContainedEpoch(), image.provenance().lastContainedOffset());
  }

  @Override
  public int compareTo(MetadataPosition other) {
    return ORDER.compare(this, other);
  }
}

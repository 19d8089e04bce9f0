package dev.naru.broker.metadata;

import org.apache.kafka.image.MetadataImage;

/** Lets tests of other packages put an image into a view. */
public final class PublishedMetadata {
  private PublishedMetadata() {}

  public static void publish(MetadataView view, MetadataImage image) {
    view.publish(image);
  }
}

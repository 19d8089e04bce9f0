package dev.naru.broker.metadata;

import org.apache.kafka.image.MetadataImage;

/** A change to the metadata. Pure: looks at the image, and changes nothing itself. */
@FunctionalInterface
interface Command<T> {
  /**
   * @throws org.apache.kafka.common.errors.ApiException the answer, when it is an error as a whole
   */
  Outcome<T> run(MetadataImage image);
}

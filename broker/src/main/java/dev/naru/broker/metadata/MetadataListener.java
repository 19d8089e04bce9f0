package dev.naru.broker.metadata;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;

/** Follows the metadata. Called in order, on the metadata thread, after the image was published. */
@FunctionalInterface
public interface MetadataListener {
  /**
   * @return completes when the change has taken effect here (logs opened, coordinators told); the
   *     command that caused it is answered after that
   */
  CompletionStage<Void> onMetadata(MetadataDelta delta, MetadataImage image);
}

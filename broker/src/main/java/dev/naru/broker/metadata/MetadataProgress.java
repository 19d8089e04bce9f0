package dev.naru.broker.metadata;

import java.util.concurrent.CompletionStage;

/** Tells how far the metadata has taken effect on this node. Any thread. */
@FunctionalInterface
public interface MetadataProgress {
  /**
   * Completes when everything up to there has taken effect here; never, when this node does not
   * hear of it.
   */
  CompletionStage<Void> whenReached(MetadataPosition position);
}

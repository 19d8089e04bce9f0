package dev.naru.broker;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.metadata.MetadataListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;

/**
 * Tells the parts of a node that do not look at the metadata themselves of options that changed
 * while it runs. Metadata thread.
 */
final class LiveOptions implements MetadataListener {
  private final LiveConfigs configs;
  private final Consumer<BrokerConfig> parts;

  /**
   * @param parts takes the options in force; called at the start, too. Must not block for long.
   */
  LiveOptions(LiveConfigs configs, Consumer<BrokerConfig> parts) {
    this.configs = configs;
    this.parts = parts;
  }

  @Override
  public CompletionStage<Void> onMetadata(MetadataDelta delta, MetadataImage image) {
    boolean first = delta.image().isEmpty();
    boolean changed =
        delta.configsDelta() != null
            && delta.configsDelta().changes().keySet().stream()
                .anyMatch(resource -> resource.type() == ConfigResource.Type.BROKER);
    if (first || changed) {
      parts.accept(configs.at(image).broker());
    }
    return CompletableFuture.completedFuture(null);
  }
}

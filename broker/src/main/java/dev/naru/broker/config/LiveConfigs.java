package dev.naru.broker.config;

import java.util.function.Consumer;
import org.apache.kafka.image.MetadataImage;

/** The configs in force with a state of the metadata; remembers the last one. Any thread. */
public final class LiveConfigs {
  private final BrokerConfig started;
  private volatile TopicConfigs last;
  private volatile Consumer<BrokerConfig> check = options -> {};

  public LiveConfigs(BrokerConfig started) {
    this.started = started;
    this.last = new TopicConfigs(started);
  }

  /** The options that the node was started with. */
  public BrokerConfig started() {
    return started;
  }

  /**
   * Has options looked at before they take effect.
   *
   * @param next throws {@code ConfigException} with one sentence when a part of the node could not
   *     go on with them; metadata thread
   */
  public void checkWith(Consumer<BrokerConfig> next) {
    check = next;
  }

  /**
   * @throws org.apache.kafka.common.config.ConfigException one sentence
   */
  public void check(BrokerConfig next) {
    check.accept(next);
  }

  /** Topic configs, and by {@link TopicConfigs#broker()} the node's options, in force there. */
  public TopicConfigs at(MetadataImage image) {
    TopicConfigs known = last;
    BrokerConfig broker = known.broker().at(image.configs());
    if (broker.equals(known.broker())) {
      return known;
    }
    TopicConfigs next = new TopicConfigs(broker);
    last = next;
    return next;
  }
}

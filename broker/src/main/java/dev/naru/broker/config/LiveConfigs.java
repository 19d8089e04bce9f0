package dev.naru.broker.config;

import org.apache.kafka.image.MetadataImage;

/** The configs in force with a state of the metadata; remembers the last one. Any thread. */
public final class LiveConfigs {
  private final BrokerConfig started;
  private volatile TopicConfigs last;

  public LiveConfigs(BrokerConfig started) {
    this.started = started;
    this.last = new TopicConfigs(started);
  }

  /** The options that the node was started with. */
  public BrokerConfig started() {
    return started;
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

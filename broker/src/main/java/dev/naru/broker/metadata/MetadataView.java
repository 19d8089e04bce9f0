package dev.naru.broker.metadata;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;

/**
 * The cluster's metadata as this node sees it: one immutable image, swapped whole. Any thread may
 * read; only the metadata log's replay publishes.
 */
public final class MetadataView {
  private final int nodeId;
  private final String clusterId;
  private volatile MetadataImage image = MetadataImage.EMPTY;
  private volatile int controllerId;

  public MetadataView(int nodeId, String clusterId) {
    this.nodeId = nodeId;
    this.clusterId = clusterId;
    this.controllerId = nodeId;
  }

  public int nodeId() {
    return nodeId;
  }

  public String clusterId() {
    return clusterId;
  }

  /** The node that owns the metadata log: this one, unless another was named; -1 for none. */
  public int controllerId() {
    return controllerId;
  }

  /** Any thread. */
  public void controllerId(int next) {
    controllerId = next;
  }

  public MetadataImage image() {
    return image;
  }

  /** The topic of that name, or null. */
  public TopicImage topic(String name) {
    return image.topics().getTopic(name);
  }

  /** The topic of that id, or null. */
  public TopicImage topic(Uuid id) {
    return image.topics().getTopic(id);
  }

  /** Whether an administrator keeps a node empty. */
  public boolean isDrained(int node) {
    return NodeCommands.isDrained(image, node);
  }

  void publish(MetadataImage next) {
    image = next;
  }
}

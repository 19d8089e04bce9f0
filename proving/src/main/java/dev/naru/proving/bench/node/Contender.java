package dev.naru.proving.bench.node;

import dev.naru.proving.node.TestNode;

/** Who is measured, in the order of a pair. */
public enum Contender {
  KAFKA("Apache Kafka"),
  NARU("Naru"),
  /** Not a broker: what loopback and disk allow. */
  BARE("bare limit");

  private final String title;

  Contender(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }

  /** The kind of node; there is none for {@link #BARE}. */
  public TestNode.Kind kind() {
    return switch (this) {
      case KAFKA -> TestNode.Kind.KAFKA;
      case NARU -> TestNode.Kind.NARU;
      case BARE -> throw new IllegalStateException("the bare server is no node");
    };
  }
}

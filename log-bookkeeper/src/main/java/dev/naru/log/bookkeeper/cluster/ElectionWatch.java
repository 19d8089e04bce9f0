package dev.naru.log.bookkeeper.cluster;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the members of ZooKeeper connect anew for their election when it takes too long. After an
 * interruption of the network they would wait for connections that are still open: TCP tries again
 * after pauses that grow to a minute and more, so that a network that is whole again can stay
 * unused for as long as it was broken. New connections are used at once.
 */
final class ElectionWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ElectionWatch.class);

  /** An election among members that hear each other takes some tenths of this. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final BooleanSupplier electing;
  private final Runnable reconnect;
  private final PeriodicTask looks =
      new PeriodicTask("naru-zookeeper-election", BETWEEN_LOOKS, () -> look(System.nanoTime()));
  private boolean waiting;
  private long sinceNs;

  /**
   * @param electing whether this member looks for a leader
   * @param reconnect ends the connections of the election; they are made again when needed
   */
  ElectionWatch(BooleanSupplier electing, Runnable reconnect) {
    this.electing = electing;
    this.reconnect = reconnect;
  }

  void start() {
    looks.start();
  }

  /** What is to be done at this time; called by one thread. */
  void look(long nowNs) {
    if (!electing.getAsBoolean()) {
      waiting = false;
    } else if (!waiting) {
      waiting = true;
      sinceNs = nowNs;
    } else if (nowNs - sinceNs >= PATIENCE.toNanos()) {
      sinceNs = nowNs;
      LOG.debug("No leader of ZooKeeper for {}: its members connect anew", PATIENCE);
      reconnect.run();
    }
  }

  @Override
  public void close() {
    looks.close();
  }
}

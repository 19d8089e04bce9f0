package dev.naru.proving.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a group of connections has to say. All calls come from the thread of {@link Wire#run}, and
 * none of them may allocate or block.
 */
abstract class Traffic {
  /** The time of a request that nobody waits for. */
  static final long NEVER = Long.MAX_VALUE;

  private boolean stopped;

  /**
   * Puts the connection's next request in place with {@link Link#ask}; called while the connection
   * has room for one.
   *
   * @return false when there is none to send now
   */
  abstract boolean ask(Link link, long nowNs);

  /**
   * An answer has come; answers come in the order of their requests.
   *
   * @param in holds the frame from {@code from} to {@code to}, its length left out; the position is
   *     not to be touched
   * @param startNs what was given to {@link Link#ask}
   */
  abstract void answered(Link link, ByteBuffer in, int from, int to, long startNs, long nowNs);

  /** When {@link #due} wants to be called next. */
  long dueNs() {
    return NEVER;
  }

  /** The time has come: wake the connections whose requests are due. */
  void due(long nowNs) {}

  /**
   * A connection broke; what was in flight on it will not be answered, and it is closed afterwards.
   *
   * @return whether the traffic goes on without it; if not, the load fails
   */
  boolean lost(Link link, IOException why, long nowNs) {
    return false;
  }

  /** No new requests from now on; those that are on their way are still answered. */
  final void stop() {
    stopped = true;
  }

  final boolean isStopped() {
    return stopped;
  }
}

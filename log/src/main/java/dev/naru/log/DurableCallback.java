package dev.naru.log;

/** The durable half of an append. Called exactly once, from any thread; must not block. */
@FunctionalInterface
public interface DurableCallback {
  /**
   * @param failure null when everything before the awaited offset is durable; otherwise why it
   *     cannot be said to be (the outcome is unknown, as after a timeout)
   */
  void complete(Throwable failure);
}

package dev.naru.log.bookkeeper;

/**
 * Pauses before something is tried again, which hold up no thread. All logs of a node share one of
 * it.
 */
public interface Pauses {
  /** Together with their pauses about fifteen seconds: ZooKeeper has found another leader then. */
  int MAX_ATTEMPTS = 9;

  /** So long the pauses before that many attempts last together. */
  int ALL_MS = 15_000;

  /** The first pause; each is twice as long as the one before, up to {@link #LONGEST_MS}. */
  int FIRST_MS = 100;

  int LONGEST_MS = 3_200;

  /**
   * Runs something that does not block, once, after a pause, on another thread than the caller's.
   * What waits when the node ends is not run any more.
   */
  void after(int pauseMs, Runnable task);

  /**
   * Runs the next attempt after its pause.
   *
   * @param failed how many were made, from 1 on
   */
  default void beforeNext(int failed, Runnable attempt) {
    after(Math.min(LONGEST_MS, FIRST_MS << (failed - 1)), attempt);
  }
}

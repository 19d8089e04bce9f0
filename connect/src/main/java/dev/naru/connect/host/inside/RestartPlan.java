package dev.naru.connect.host.inside;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * When what failed is started again: at once it never is; after a pause that doubles with each
 * failure, up to a limit; and after a while of health all is forgotten. Knows no clock and does
 * nothing itself. Not safe for use by several threads.
 *
 * @param <K> what fails: a connector or a task
 */
final class RestartPlan<K> {
  /**
   * How long to wait.
   *
   * @param initialMs before the first restart
   * @param maxMs before any restart
   * @param resetMs how long something must run before its failures are forgotten
   */
  record Pauses(long initialMs, long maxMs, long resetMs) {
    long afterMs(int restarts) {
      long pauseMs = initialMs;
      for (int i = 0; i < restarts && pauseMs < maxMs; i++) {
        pauseMs *= 2;
      }
      return Math.min(pauseMs, maxMs);
    }
  }

  /**
   * What is known of something that failed.
   *
   * @param restarts how often it was restarted since it was last healthy
   * @param nextMs when it is restarted next; 0 while it runs
   * @param why in one line
   */
  record Trouble(int restarts, long nextMs, String why) {}

  private static final class State {
    int restarts;
    long nextMs;
    long healthySinceMs;
    String why = "";
  }

  private final Map<K, State> states = new HashMap<>();

  /**
   * Tells that something has failed, again and again while it has.
   *
   * @return whether it is to be restarted now
   */
  boolean failed(K key, String why, Pauses pauses, long nowMs) {
    State state = states.computeIfAbsent(key, k -> new State());
    state.healthySinceMs = 0;
    state.why = why;
    if (state.nextMs == 0) {
      state.nextMs = nowMs + pauses.afterMs(state.restarts);
    }
    if (nowMs < state.nextMs) {
      return false;
    }
    state.restarts++;
    // Whether the restart failed at once or has not shown yet looks the same: the next one is
    // counted from here.
    state.nextMs = nowMs + pauses.afterMs(state.restarts);
    return true;
  }

  /** Tells that something runs. */
  void running(K key, Pauses pauses, long nowMs) {
    State state = states.get(key);
    if (state == null) {
      return;
    }
    state.nextMs = 0;
    if (state.healthySinceMs == 0) {
      state.healthySinceMs = nowMs;
    } else if (nowMs - state.healthySinceMs >= pauses.resetMs()) {
      states.remove(key);
    }
  }

  /** Forgets everything else: it was deleted, stopped, or is another worker's now. */
  void retain(Set<K> keys) {
    states.keySet().retainAll(keys);
  }

  /** What failed lately, or null. */
  Trouble trouble(K key) {
    State state = states.get(key);
    return state == null ? null : new Trouble(state.restarts, state.nextMs, state.why);
  }
}

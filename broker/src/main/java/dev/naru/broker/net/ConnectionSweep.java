package dev.naru.broker.net;

import java.util.ArrayList;
import java.util.List;

/**
 * Looks once a second at all connections of one event loop, so that none needs a timer of its own
 * and no read has to look at a clock: closes those that are silent for too long, and those that
 * send a request so slowly that they only hold its place. On that event loop only.
 */
final class ConnectionSweep implements Runnable {
  private final long idleSeconds;
  private final List<ConnectionSession> sessions = new ArrayList<>();
  private int second;

  ConnectionSweep(long idleMs) {
    this.idleSeconds = Math.max(1, (idleMs + 999) / 1000);
  }

  /** Seconds since the loop began, as far as it had time to count them. */
  int second() {
    return second;
  }

  void add(ConnectionSession session) {
    session.place = sessions.size();
    sessions.add(session);
  }

  void remove(ConnectionSession session) {
    ConnectionSession last = sessions.remove(sessions.size() - 1);
    if (last != session) {
      sessions.set(session.place, last);
      last.place = session.place;
    }
  }

  @Override
  public void run() {
    second++;
    // From the end, for whoever is closed hands its place to the last one.
    for (int i = sessions.size() - 1; i >= 0; i--) {
      if (i < sessions.size()) {
        sessions.get(i).lookAt(second, idleSeconds);
      }
    }
  }
}

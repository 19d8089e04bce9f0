package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which member is tried when, and how long the client waits before. */
class OwnMemberFirstTest {
  private static final int SPIN_MS = 1_000;

  private final List<Long> pauses = new ArrayList<>();
  private final OwnMemberFirst members =
      new OwnMemberFirst("127.0.0.1:9105,127.0.0.1:9095,127.0.0.1:9115", pauses::add);

  @AfterEach
  void beNotInterrupted() {
    Thread.interrupted();
  }

  private int nextPort() {
    return members.next(SPIN_MS).getPort();
  }

  @Test
  void theFirstOfTheListComesFirstAndTheOthersAreTriedAfterIt() {
    assertEquals(
        List.of(9105, 9095, 9115, 9105), List.of(nextPort(), nextPort(), nextPort(), nextPort()));
    assertEquals(3, members.size());
  }

  @Test
  void aLostConnectionBeginsAtTheFirstAgain() {
    nextPort();
    nextPort();
    members.onConnected();
    assertEquals(9105, nextPort());
  }

  @Test
  void theFirstAttemptIsMadeAtOnceAndTheOthersLaterAndLater() {
    for (int i = 0; i < 100; i++) {
      nextPort();
    }
    assertEquals(99, pauses.size());
    assertEquals(List.of(25L, 50L, 75L), pauses.subList(0, 3));
    assertEquals(1_000, pauses.get(98));
    pauses.clear();
    members.onConnected();
    nextPort();
    assertEquals(List.of(), pauses);
  }

  /** ZooKeeper's client sleeps before each attempt after the first connection, and only then. */
  @Test
  void theClientsOwnSleepIsEnded() {
    nextPort();
    assertFalse(Thread.interrupted(), "it would break off the attempt to connect");
    members.onConnected();
    nextPort();
    assertTrue(Thread.interrupted());
  }

  @Test
  void whoOnlyWantsAnAddressIsNotInterrupted() {
    nextPort();
    members.onConnected();
    members.next(0);
    assertFalse(Thread.interrupted());
  }
}

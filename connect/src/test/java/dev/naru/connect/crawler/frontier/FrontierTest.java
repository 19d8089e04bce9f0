package dev.naru.connect.crawler.frontier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FrontierTest {
  private static final String SLOW = "https://slow.example";
  private static final String FAST = "https://fast.example";
  private static final String HERE = "http://127.0.0.1:8080";

  private static Politeness politeness() {
    return new Politeness(-1, 0, 8, 10_000, 1_000, 60_000, 2, 4);
  }

  private static Frontier withoutRobots() {
    return new Frontier(politeness(), false, new MemoryChunks());
  }

  private static List<Ticket> takeAll(Frontier frontier, long nowMs) {
    List<Ticket> tickets = new ArrayList<>();
    for (Optional<Ticket> t = frontier.take(nowMs); t.isPresent(); t = frontier.take(nowMs)) {
      tickets.add(t.get());
    }
    return tickets;
  }

  @Test
  void aPublicHostGetsOneRequestASecondAndOneAtATime() {
    Frontier frontier = withoutRobots();
    frontier.add(FAST, false, 1);
    frontier.add(FAST, false, 2);
    Ticket first = frontier.take(0).orElseThrow();
    assertEquals(1, first.ref());
    assertTrue(takeAll(frontier, 5_000).isEmpty(), "one at a time");
    frontier.answered(first);
    Ticket second = frontier.take(5_000).orElseThrow();
    frontier.answered(second);
    frontier.add(FAST, false, 3);
    assertTrue(takeAll(frontier, 5_999).isEmpty(), "a second between two starts");
    assertEquals(6_000, frontier.nextWakeMs());
    assertEquals(3, frontier.take(6_000).orElseThrow().ref());
  }

  @Test
  void aLoopbackHostIsNotHeldBack() {
    Frontier frontier = withoutRobots();
    for (int i = 0; i < 5; i++) {
      frontier.add(HERE, true, i);
    }
    assertEquals(2, takeAll(frontier, 0).size(), "a quarter of eight connections");
  }

  @Test
  void oneHostThatNeverAnswersHoldsNobody() {
    Frontier frontier = withoutRobots();
    for (int i = 0; i < 100; i++) {
      frontier.add(SLOW, true, i);
      frontier.add(FAST, true, 1_000 + i);
    }
    int fast = 0;
    for (int round = 0; round < 100; round++) {
      for (Ticket ticket : takeAll(frontier, round)) {
        if (ticket.origin().equals(FAST)) {
          fast++;
          frontier.answered(ticket);
        }
      }
    }
    assertEquals(100, fast);
    assertEquals(2, frontier.inFlight());
    assertFalse(frontier.isIdle());
  }

  @Test
  void hostsTakeTurns() {
    Frontier frontier = withoutRobots();
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      frontier.add(SLOW, true, i);
    }
    for (int i = 0; i < 3; i++) {
      frontier.add(FAST, true, i);
    }
    for (int i = 0; i < 4; i++) {
      Ticket ticket = frontier.take(i).orElseThrow();
      order.add(ticket.origin());
      frontier.answered(ticket);
    }
    assertEquals(2, order.stream().filter(FAST::equals).count());
  }

  @Test
  void neverMoreThanTheConnectionsThereAre() {
    Frontier frontier = withoutRobots();
    for (int i = 0; i < 50; i++) {
      frontier.add("https://h" + i + ".example", false, i);
    }
    List<Ticket> tickets = takeAll(frontier, 0);
    assertEquals(8, tickets.size());
    frontier.answered(tickets.get(0));
    assertEquals(1, takeAll(frontier, 0).size());
  }

  @Test
  void robotsAreAskedFirstAndOnce() {
    Frontier frontier = new Frontier(politeness(), true, new MemoryChunks());
    frontier.add(HERE, true, 1);
    frontier.add(HERE, true, 2);
    List<Ticket> tickets = takeAll(frontier, 0);
    assertEquals(1, tickets.size());
    assertTrue(tickets.get(0).robots());
    frontier.robotsAnswered(tickets.get(0), new RobotRules(u -> true, 0, 100_000), 10);
    assertEquals(2, takeAll(frontier, 10).size());
  }

  @Test
  void robotsAreAskedAgainWhenTheyExpire() {
    Frontier frontier = new Frontier(politeness(), true, new MemoryChunks());
    frontier.add(HERE, true, 1);
    frontier.robotsAnswered(frontier.take(0).orElseThrow(), new RobotRules(u -> true, 0, 100), 0);
    frontier.answered(frontier.take(0).orElseThrow());
    frontier.add(HERE, true, 2);
    assertTrue(frontier.take(100).orElseThrow().robots());
  }

  @Test
  void crawlDelayIsHonouredUpToItsCap() {
    Frontier frontier = new Frontier(politeness(), true, new MemoryChunks());
    for (int i = 0; i < 3; i++) {
      frontier.add(FAST, false, i);
    }
    frontier.robotsAnswered(
        frontier.take(0).orElseThrow(), new RobotRules(u -> true, 4_000, 1 << 30), 0);
    assertTrue(takeAll(frontier, 3_999).isEmpty(), "counted from robots.txt on");
    Ticket first = frontier.take(4_000).orElseThrow();
    frontier.answered(first);
    assertTrue(takeAll(frontier, 7_999).isEmpty());
    assertEquals(1, takeAll(frontier, 8_000).size());

    Frontier capped = new Frontier(politeness(), true, new MemoryChunks());
    capped.add(FAST, false, 1);
    capped.robotsAnswered(
        capped.take(0).orElseThrow(), new RobotRules(u -> true, 86_400_000, 1 << 30), 0);
    assertEquals(10_000, capped.nextWakeMs());
  }

  @Test
  void aServerErrorDelaysTheAddressAndNotTheHost() {
    Frontier frontier = withoutRobots();
    frontier.add(HERE, true, 1);
    frontier.add(HERE, true, 2);
    Ticket one = frontier.take(0).orElseThrow();
    assertTrue(frontier.failed(one, Failure.SERVER, 0, 0));
    assertEquals(2, frontier.take(0).orElseThrow().ref());
    assertTrue(takeAll(frontier, 999).isEmpty());
    Ticket again = frontier.take(1_000).orElseThrow();
    assertEquals(1, again.ref());
    assertTrue(frontier.failed(again, Failure.SERVER, 0, 1_000));
    assertTrue(takeAll(frontier, 2_999).isEmpty(), "the pause doubles");
    assertFalse(
        frontier.failed(frontier.take(3_000).orElseThrow(), Failure.SERVER, 0, 3_000),
        "two retries and no more");
  }

  @Test
  void retryAfterPausesTheHostUpToTheLongestPause() {
    Frontier frontier = withoutRobots();
    frontier.add(HERE, true, 1);
    frontier.add(HERE, true, 2);
    frontier.failed(frontier.take(0).orElseThrow(), Failure.HOST, 7_000, 0);
    assertTrue(takeAll(frontier, 6_999).isEmpty());
    List<Ticket> later = takeAll(frontier, 7_000);
    assertEquals(1, later.size(), "a host in trouble gets one request at a time");
    frontier.failed(later.get(0), Failure.HOST, 86_400_000, 7_000);
    assertTrue(takeAll(frontier, 66_999).isEmpty());
    assertEquals(1, takeAll(frontier, 67_000).size());
  }

  @Test
  void aPermanentFailureIsNotTriedAgain() {
    Frontier frontier = withoutRobots();
    frontier.add(HERE, true, 1);
    assertFalse(frontier.failed(frontier.take(0).orElseThrow(), Failure.PERMANENT, 0, 0));
    assertTrue(frontier.isIdle());
  }

  @Test
  void aDeadHostIsGivenUpSoThatTheCrawlCanEnd() {
    Frontier frontier = withoutRobots();
    for (int i = 0; i < 100; i++) {
      frontier.add(SLOW, false, i);
    }
    long nowMs = 0;
    int tries = 0;
    while (!frontier.isIdle()) {
      assertTrue(tries < 50, "it must end");
      nowMs = Math.max(nowMs, frontier.nextWakeMs());
      Optional<Ticket> ticket = frontier.take(nowMs);
      if (ticket.isPresent()) {
        tries++;
        frontier.failed(ticket.get(), Failure.HOST, 0, nowMs);
      }
    }
    assertEquals(4, tries);
    assertTrue(frontier.abandoned() >= 98, "abandoned: " + frontier.abandoned());
    frontier.add(SLOW, false, 200);
    assertTrue(frontier.isIdle(), "what is found later waits for the next start too");
  }

  @Test
  void unreachableRobotsHoldTheHostAndThenGiveItUp() {
    Frontier frontier = new Frontier(politeness(), true, new MemoryChunks());
    frontier.add(SLOW, false, 1);
    long nowMs = 0;
    for (int i = 0; i < 4; i++) {
      nowMs = Math.max(nowMs, frontier.nextWakeMs());
      Ticket ticket = frontier.take(nowMs).orElseThrow();
      assertTrue(ticket.robots(), "no page while robots.txt is unknown");
      frontier.failed(ticket, Failure.HOST, 0, nowMs);
    }
    assertTrue(frontier.isIdle());
    assertEquals(1, frontier.abandoned());
  }

  @Test
  void whatWasNotSentCostsTheHostNothing() {
    Frontier frontier = withoutRobots();
    frontier.add(FAST, false, 1);
    frontier.add(FAST, false, 2);
    frontier.notSent(frontier.take(0).orElseThrow(), 0);
    assertEquals(2, frontier.take(0).orElseThrow().ref());
  }

  @Test
  void aHostThatWasGivenUpGetsAnotherChance() {
    Frontier frontier = withoutRobots();
    frontier.add(SLOW, false, 1);
    frontier.add(SLOW, false, 2);
    long nowMs = 0;
    while (!frontier.isIdle()) {
      nowMs = Math.max(nowMs, frontier.nextWakeMs());
      long atMs = nowMs;
      frontier.take(nowMs).ifPresent(ticket -> frontier.failed(ticket, Failure.HOST, 0, atMs));
    }
    frontier.revive(nowMs);
    assertTrue(frontier.isIdle(), "not yet");
    long left = frontier.abandoned();
    frontier.revive(nowMs + 1);
    assertEquals(left, frontier.waiting());
    assertEquals(0, frontier.abandoned());
    nowMs = Math.max(nowMs, frontier.nextWakeMs());
    frontier.failed(frontier.take(nowMs).orElseThrow(), Failure.HOST, 0, nowMs);
    assertTrue(frontier.isIdle(), "one try, and it is given up again");
  }

  @Test
  void whatIsForgottenIsNotAskedFor() {
    Frontier frontier = withoutRobots();
    for (int i = 0; i < 1_000; i++) {
      frontier.add(HERE, true, i);
    }
    Ticket ticket = frontier.take(0).orElseThrow();
    frontier.clear();
    assertTrue(takeAll(frontier, 0).isEmpty());
    frontier.answered(ticket);
    assertTrue(frontier.isIdle());
    frontier.again(HERE, true, 5);
    assertEquals(5, frontier.take(0).orElseThrow().ref());
    assertEquals(1_000, frontier.admitted(HERE));
  }
}

package dev.naru.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.cluster.PeerProbe.Finding;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** What is a dead process and what is not, over time that stands still unless it is moved. */
class FailureDetectorTest {
  private static final int NODE = 2;
  private static final long LONG_MS = 60_000;

  private final FailureDetector detector = new FailureDetector();
  private final Peer first = peer("first");
  private final Peer second = peer("second");
  private long nowMs = 5_000;

  private static Peer peer(String incarnation) {
    NodeAddress link = new NodeAddress(NODE, "10.0.0.2", 9093);
    Uuid id = new Uuid(incarnation.hashCode(), 7);
    return new Peer(NODE, id, link, List.of(link, new NodeAddress(NODE, "10.0.0.2", 9092)));
  }

  private void watchAndHear(Peer peer) {
    detector.watch(List.of(peer));
    detector.answered(peer, nowMs);
  }

  private boolean isDead(Peer peer) {
    return detector.isDead(NODE, peer.incarnation());
  }

  /**
   * Lets time go on until nothing more is due, and each attempt end as it is said; the last finding
   * counts for all that come after.
   *
   * @return after how long the verdict came; -1 when there was none
   */
  private long probe(Finding... findings) {
    long fromMs = nowMs;
    int attempt = 0;
    while (detector.nextMs() != Long.MAX_VALUE && nowMs - fromMs < LONG_MS) {
      nowMs = Math.max(nowMs, detector.nextMs());
      for (Peer peer : detector.due(nowMs)) {
        Finding finding = findings[Math.min(attempt++, findings.length - 1)];
        if (detector.probed(peer, finding, nowMs)) {
          return nowMs - fromMs;
        }
      }
    }
    return -1;
  }

  @Test
  void aProcessWhosePortsAreRefusedAfterItsConnectionBrokeIsDeadWithinAQuarterOfASecond() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    long tookMs = probe(Finding.REFUSED);
    assertTrue(tookMs >= FailureDetector.REFUSED_MS && tookMs <= 250, "after " + tookMs + " ms");
    assertTrue(isDead(first));
    assertFalse(isDead(second));
  }

  @Test
  void onceRefusedIsNotEnough() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    assertEquals(-1, probe(Finding.REFUSED, Finding.ACCEPTED));
    assertFalse(isDead(first));
  }

  @Test
  void portsThatAreRefusedNowAndThenAreAlive() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    Finding[] flapping = new Finding[100];
    for (int i = 0; i < flapping.length; i++) {
      flapping[i] = i % FailureDetector.REFUSALS == 2 ? Finding.ACCEPTED : Finding.REFUSED;
    }
    assertEquals(-1, probe(flapping));
    assertFalse(isDead(first));
  }

  @Test
  void aNetworkThatIsAwaySaysNothing() {
    watchAndHear(first);
    for (int i = 0; i < 10; i++) {
      detector.broken(NODE, nowMs);
      assertEquals(-1, probe(Finding.SILENT));
    }
    assertFalse(isDead(first));
  }

  @Test
  void aProcessThatStandsStillIsAlive() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    assertEquals(-1, probe(Finding.ACCEPTED));
    assertFalse(isDead(first));
  }

  @Test
  void aProcessTakesAWhileToDie() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    long tookMs = probe(Finding.ACCEPTED, Finding.ACCEPTED, Finding.SILENT, Finding.REFUSED);
    assertTrue(tookMs > 0 && tookMs < FailureDetector.SUSPICION_MS, "after " + tookMs + " ms");
    assertTrue(isDead(first));
  }

  @Test
  void nothingIsLookedAtWithoutAReason() {
    watchAndHear(first);
    assertEquals(Long.MAX_VALUE, detector.nextMs());
    nowMs += LONG_MS;
    assertEquals(List.of(), detector.due(nowMs));
  }

  @Test
  void theSuspicionEnds() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    long fromMs = nowMs;
    probe(Finding.ACCEPTED);
    assertTrue(nowMs - fromMs <= FailureDetector.SUSPICION_MS + 250, (nowMs - fromMs) + " ms");
    assertEquals(Long.MAX_VALUE, detector.nextMs());
  }

  @Test
  void theNextProcessOfANodeIsAnotherOne() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    probe(Finding.REFUSED);

    detector.watch(List.of(second));
    assertFalse(isDead(second));
    // Its ports are not there yet, as far as this node knows.
    detector.broken(NODE, nowMs);
    assertEquals(-1, probe(Finding.REFUSED));
    assertFalse(isDead(second));

    detector.answered(second, nowMs);
    detector.broken(NODE, nowMs);
    assertTrue(probe(Finding.REFUSED) >= 0);
    assertTrue(isDead(second));
    assertFalse(isDead(first));
  }

  @Test
  void whatComesTooLateIsAboutTheProcessThatWasTried() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    assertEquals(List.of(first), detector.due(nowMs));
    watchAndHear(second);
    for (int i = 0; i < 10; i++) {
      nowMs += 100;
      assertFalse(detector.probed(first, Finding.REFUSED, nowMs));
    }
    assertFalse(isDead(second));
  }

  @Test
  void aNodeThatNeverAnsweredIsLeftToItsSession() {
    detector.watch(List.of(first));
    detector.broken(NODE, nowMs);
    assertEquals(-1, probe(Finding.REFUSED));
    assertFalse(isDead(first));
  }

  @Test
  void aProcessThatIsTriedIsNotTriedOnceMore() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    assertEquals(List.of(first), detector.due(nowMs));
    nowMs += 500;
    detector.broken(NODE, nowMs);
    assertEquals(List.of(), detector.due(nowMs));
  }

  @Test
  void whoAnswersLongAfterTheVerdictIsAlive() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    probe(Finding.REFUSED);

    nowMs += 1_000;
    assertFalse(detector.answered(first, nowMs), "that may be the next process");
    assertTrue(isDead(first));
    nowMs += FailureDetector.DOUBT_MS;
    assertTrue(detector.answered(first, nowMs));
    assertFalse(isDead(first));
    assertFalse(detector.answered(first, nowMs), "told once");
  }

  @Test
  void aVerdictOutlivesLooksAtWhoIsThere() {
    watchAndHear(first);
    detector.broken(NODE, nowMs);
    probe(Finding.REFUSED);
    detector.watch(List.of(first));
    assertTrue(isDead(first));
    detector.watch(List.of());
    assertFalse(isDead(first), "it is announced no more");
  }
}

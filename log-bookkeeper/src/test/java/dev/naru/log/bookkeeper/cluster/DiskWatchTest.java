package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DiskWatchTest {
  private static final DiskLimits LIMITS = DiskLimits.of(1);

  private double used;
  private boolean silent;
  private boolean lost;
  private final Set<String> full = new TreeSet<>();
  private final DiskWatch watch =
      new DiskWatch(
          "node-1",
          2,
          LIMITS,
          () -> used,
          new DiskWatch.Board() {
            @Override
            public void say(boolean isFull) throws IOException {
              requireAnswer();
              if (isFull) {
                full.add("node-1");
              } else {
                full.remove("node-1");
              }
              if (lost) {
                throw new IOException("the answer is lost");
              }
            }

            @Override
            public Set<String> full() throws IOException {
              requireAnswer();
              return Set.copyOf(full);
            }
          });

  private void requireAnswer() throws IOException {
    if (silent) {
      throw new IOException("no answer");
    }
  }

  @BeforeEach
  void threeBookies() {
    watch.writableAre(Set.of("node-1", "node-2", "node-3"));
  }

  @AfterEach
  void close() {
    watch.close();
  }

  /** As often as what others say is looked at. */
  private void looks() throws IOException, InterruptedException {
    for (int i = 0; i < DiskWatch.LOOKS; i++) {
      watch.look();
    }
  }

  @Test
  void clientsAreRefusedWhileFewerBookiesAreLeftThanARecordNeeds() throws Exception {
    used = LIMITS.produceRefused();
    looks();
    assertTrue(watch.hasRoom());
    full.add("node-2");
    looks();
    assertFalse(watch.hasRoom());
    full.remove("node-2");
    looks();
    assertTrue(watch.hasRoom());
  }

  @Test
  void aDiskIsFreeAgainABitBelowWhereItWasFull() throws Exception {
    full.add("node-2");
    used = LIMITS.produceRefused();
    watch.look();
    assertFalse(watch.hasRoom());
    assertEquals(Set.of("node-1", "node-2"), full);
    used = LIMITS.produceAccepted();
    watch.look();
    assertFalse(watch.hasRoom());
    used = LIMITS.produceAccepted() - 0.001;
    watch.look();
    assertTrue(watch.hasRoom());
    assertEquals(Set.of("node-2"), full);
  }

  @Test
  void bookiesThatAreAwayAloneRefuseNobody() throws Exception {
    watch.writableAre(Set.of("node-1"));
    looks();
    assertTrue(watch.hasRoom());
  }

  @Test
  void aBookieThatIsAwayDoesNotCountAsLeft() throws Exception {
    used = LIMITS.produceRefused();
    looks();
    assertTrue(watch.hasRoom());
    watch.writableAre(Set.of("node-1", "node-2"));
    assertFalse(watch.hasRoom());
  }

  @Test
  void whatWasSaidWithoutAnAnswerIsTakenBackToo() throws Exception {
    used = LIMITS.produceRefused();
    lost = true;
    assertThrows(IOException.class, watch::look);
    assertEquals(Set.of("node-1"), full);
    lost = false;
    used = 0;
    watch.look();
    assertEquals(Set.of(), full);
  }

  @Test
  void whatIsKnownHoldsWhileNobodyAnswersAndIsSaidAgainAfterwards() throws Exception {
    full.add("node-2");
    looks();
    silent = true;
    used = LIMITS.produceRefused();
    assertThrows(IOException.class, watch::look);
    assertFalse(watch.hasRoom());
    silent = false;
    looks();
    assertEquals(Set.of("node-1", "node-2"), full);
    // Its session ended.
    full.remove("node-1");
    looks();
    assertEquals(Set.of("node-1", "node-2"), full);
  }
}

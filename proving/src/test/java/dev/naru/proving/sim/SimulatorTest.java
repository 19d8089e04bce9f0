package dev.naru.proving.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/**
 * The simulator: a cluster of real broker cores on one thread, from a seed.
 *
 * <p>{@code -Dsim.seeds=N} runs so many of them, {@code -Dsim.first=S} from another one on, {@code
 * -Dsim.seed=S} one alone, with its trace.
 */
class SimulatorTest {
  private static final int SEEDS_MAX = 100;
  private static final long NS_MAX = 30_000_000_000L;

  static {
    // A thousand histories of faults would fill the log; what is wrong is thrown.
    System.setProperty("org.slf4j.simpleLogger.log.dev.naru", "off");
    // What a crashed process had in memory is nobody's; the garbage collector takes it.
    System.setProperty("io.netty.allocator.type", "unpooled");
    System.setProperty("io.netty.maxDirectMemory", "0");
    System.setProperty("io.netty.leakDetection.level", "disabled");
  }

  @Test
  void whatWasAcknowledgedIsThereAndEverythingGoesOn() throws InterruptedException {
    Long one = Long.getLong("sim.seed");
    if (one != null) {
      var result = Simulation.run(one, SimLedgers.Mutation.NONE, true, true);
      result.shown().forEach(System.out::println);
      return;
    }
    Integer wanted = Integer.getInteger("sim.seeds");
    long first = Long.getLong("sim.first", 1);
    long fromNs = System.nanoTime();
    int count = 0;
    long events = 0;
    while (wanted == null
        ? count < SEEDS_MAX && System.nanoTime() - fromNs < NS_MAX
        : count < wanted) {
      events += Simulation.run(first + count, SimLedgers.Mutation.NONE, true, false).events();
      count++;
    }
    System.out.printf(
        "%d seeds from %d on, %,d events, %.1f s%n",
        count, first, events, (System.nanoTime() - fromNs) / 1e9);
  }

  @Test
  void aSeedIsAHistory() throws InterruptedException {
    for (long seed = 1; seed <= 3; seed++) {
      var once = Simulation.run(seed, SimLedgers.Mutation.NONE, true, false);
      var twice = Simulation.run(seed, SimLedgers.Mutation.NONE, true, false);
      assertEquals(once.hash(), twice.hash(), "seed " + seed);
      assertEquals(once.events(), twice.events(), "seed " + seed);
    }
  }

  @Test
  void aStorageThatDoesNotFenceIsFound() throws InterruptedException {
    assertFound(SimLedgers.Mutation.NO_FENCING);
  }

  @Test
  void anEarlyAcknowledgementIsFound() throws InterruptedException {
    assertFound(SimLedgers.Mutation.EARLY_ACKNOWLEDGEMENT);
  }

  @Test
  void aTakeoverThatLeavesALedgerToItsWriterIsFound() throws InterruptedException {
    assertFound(SimLedgers.Mutation.ONE_LEDGER_FENCED);
  }

  private static void assertFound(SimLedgers.Mutation mutation) throws InterruptedException {
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      try {
        Simulation.run(seed, mutation, true, false);
      } catch (AssertionError e) {
        System.out.printf("%s: %s%n", mutation, e.getMessage());
        return;
      }
    }
    fail("no seed up to " + SEEDS_MAX + " shows " + mutation);
  }

  /** Not only when its session with ZooKeeper ends, after four seconds. */
  @Test
  void aNodeThatDiesRightAfterItCameBackIsSeenToDie() throws InterruptedException {
    for (long seed = 1; seed <= 5; seed++) {
      long afterMs = QuickDeath.seenAfterMs(seed);
      assertTrue(afterMs < 1_000, "seed " + seed + ": seen after " + afterMs + " ms");
    }
  }

  @Test
  void withoutFaultsEverythingIsAcknowledgedOnce() throws InterruptedException {
    var result = Simulation.run(1, SimLedgers.Mutation.NONE, false, false);
    assertTrue(result.acknowledged() > 1000, () -> "acknowledged " + result.acknowledged());
  }
}

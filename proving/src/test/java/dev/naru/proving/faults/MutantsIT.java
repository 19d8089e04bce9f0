package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.naru.proving.SharedNode;
import dev.naru.proving.checker.Verdict;
import dev.naru.proving.checker.Violation;
import dev.naru.proving.cluster.ClusterView;
import dev.naru.proving.cluster.OnCluster;
import dev.naru.proving.kill.CheckedLoad;
import dev.naru.proving.node.NodeSite;
import dev.naru.proving.node.TestCluster;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proof that the fault tests see what they are for: the product with one of its protections taken
 * out is caught by them, and the product as it is passes the same. {@code -Dmutant=NO_FENCING} runs
 * only that one.
 */
@EnabledIfSystemProperty(named = "soak", matches = "true")
@Tag("mutants")
class MutantsIT {
  private static final int NODES = 3;
  private static final int PROGRESS = 5;
  private static final int KILLS = Integer.getInteger("mutant.kills", 6);
  private static final String CHOSEN = System.getProperty("mutant", "");
  private static final int PARTITIONS = 3;
  private static final int PER_SECOND = 500;
  private static final String SEGMENT_MS = System.getProperty("mutant.segment.ms", "1000");
  private static final String ROOM = "log-bookkeeper";
  private static final String LEDGERS = "dev.naru.log.bookkeeper.BookKeeperLedgers";
  private static final String TAKEOVER = "dev.naru.log.bookkeeper.Takeover";
  private static final String HOME = "dev.naru.log.bookkeeper.LedgerHome";
  private static final String DURABLE_ORDER = "dev.naru.log.bookkeeper.DurableOrder";

  private static final String CLOSING = "ledger\n            .close()\n            .thenCompose(\n";

  /**
   * What a slow ZooKeeper does: a ledger is open in the list long after the next one is written.
   */
  private static final String SLOW_CLOSING =
      """
      ledger
                  .close()
                  .thenComposeAsync(
                      java.util.concurrent.CompletableFuture::completedFuture,
                      java.util.concurrent.CompletableFuture.delayedExecutor(
                          700, java.util.concurrent.TimeUnit.MILLISECONDS))
                  .thenCompose(
      """;

  private static final String RECOVER_ONE = "newOpenLedgerOp()\n        .withLedgerId(ledgerId)";

  /** The length of a ledger that is written is that of its last entry, confirmed or not. */
  private static final String MEASURED =
      """
      .thenCompose(BookKeeperLedgers::measured);
        }

        private static CompletionStage<LedgerReader> measured(ReadHandle handle) {
          if (handle.getLastAddConfirmed() < 0) {
            return CompletableFuture.completedFuture(of(handle, 0));
          }
          return handle
              .readAsync(0, handle.getLastAddConfirmed())
              .thenApply(
                  entries -> {
                    long bytes = 0;
                    try (entries) {
                      for (LedgerEntry entry : entries) {
                        bytes += entry.getEntryBuffer().readableBytes();
                      }
                    }
                    return of(handle, bytes);
                  });
        }

        private static LedgerReader of(ReadHandle handle, long bytes) {
          return new Reader(handle) {
            @Override
            public long bytes() {
              return bytes;
            }
          };
        }
      """;

  /** What is taken out, where ledgers are closed slowly, so that logs have two open most times. */
  enum Mutant {
    /** Nothing: the same run must then find nothing. */
    NONE,
    /** A takeover opens ledgers without recovering them, so nobody is fenced. */
    NO_FENCING,
    /** Of the ledgers that were open, a takeover recovers only the first. */
    ONE_LEDGER_FENCED,
    /** Records count as durable when they are on their way to the bookies. */
    EARLY_ACKNOWLEDGEMENT;

    private Patch patch() {
      Patch slow = new Patch().change(ROOM, HOME, CLOSING, SLOW_CLOSING);
      return switch (this) {
        case NONE -> slow;
        case NO_FENCING -> unfenced(slow, "false");
        case ONE_LEDGER_FENCED ->
            unfenced(slow, "ledgerId >= 0")
                .change(
                    ROOM,
                    LEDGERS,
                    RECOVER_ONE,
                    RECOVER_ONE.replace("Id)", "Id < 0 ? ~ledgerId : ledgerId)"))
                .change(
                    ROOM,
                    TAKEOVER,
                    "storage.ledgers().recover(part.ledgerId())",
                    "storage.ledgers().recover(asked.isEmpty() ? part.ledgerId() :"
                        + " ~part.ledgerId())");
        case EARLY_ACKNOWLEDGEMENT ->
            slow.change(ROOM, DURABLE_ORDER, "if (last == null) {", "if (steps != null) {");
      };
    }

    /** Who does not recover a ledger sees what its writer has said to be confirmed, no more. */
    private static Patch unfenced(Patch patch, String recovers) {
      return patch
          .change(ROOM, LEDGERS, ".withRecovery(true)", ".withRecovery(" + recovers + ")")
          .change(ROOM, LEDGERS, ".thenApply(Reader::new);\n  }", MEASURED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isCaughtUnlessItIsNone(Mutant mutant) {
    Assumptions.assumeTrue(CHOSEN.isEmpty() || CHOSEN.contains(mutant.name()));
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("mutant " + mutant + ": seed " + seed);
    NodeSite site = NodeSite.LOOPBACK.withClasses(mutant.patch().compile());
    // Logs that roll all the time, so that they have several ledgers.
    CheckedLoad.Shape shape =
        CheckedLoad.Shape.of(PARTITIONS).pace(PER_SECOND).with("segment.ms", SEGMENT_MS);
    try (TestCluster cluster =
        new TestCluster(
            SharedNode.newDirectory("mutant"),
            NODES,
            Map.of("group.initial.rebalance.delay.ms", "0"),
            id -> site)) {
      cluster.start();
      try (ClusterView view = new ClusterView(cluster);
          CheckedLoad load = new CheckedLoad(cluster.bootstrap(), shape, new Random(seed))) {
        String probe = view.createTopic("probe", OnCluster.PARTITIONS);
        load.start();
        int kills = kill(mutant, cluster, view, probe, load);
        Map<String, Long> found = found(mutant, load);
        System.out.printf("mutant %s: %d kills, found %s%n", mutant, kills, found);
        if (mutant == Mutant.NONE) {
          assertEquals(Map.of(), found);
        } else {
          assertFalse(found.isEmpty(), "nobody noticed " + mutant);
        }
      }
    }
  }

  /**
   * Kills owners, or everybody: what an owner sent off, the others write down although it is dead.
   *
   * @return how often, until nobody served any more, as mutants may not
   */
  private static int kill(
      Mutant mutant, TestCluster cluster, ClusterView view, String probe, CheckedLoad load) {
    int kills = 0;
    try {
      load.awaitProgress(PROGRESS);
      while (kills < KILLS) {
        if (mutant == Mutant.EARLY_ACKNOWLEDGEMENT) {
          cluster.kill();
        } else {
          view.owner().kill();
        }
        kills++;
        cluster.start();
        view.awaitHealed(probe);
        load.awaitProgress(PROGRESS);
      }
    } catch (AssertionError | IllegalStateException e) {
      System.out.println(
          "after " + kills + " kills: " + e.getMessage().lines().findFirst().orElse(""));
    }
    return kills;
  }

  /** What was wrong, and how often. A partition without the end that it claims is a find, too. */
  private static Map<String, Long> found(Mutant mutant, CheckedLoad load) {
    Verdict verdict;
    try {
      verdict = load.verdict();
    } catch (AssertionError | TimeoutException e) {
      if (mutant == Mutant.NONE || !isUnreadable(e)) {
        throw e;
      }
      System.out.println("mutant " + mutant + ": " + e.getMessage());
      return Map.of("UNREADABLE", 1L);
    }
    System.out.println("mutant " + mutant + ": " + verdict);
    return verdict.violations().stream()
        .map(Violation::flaw)
        .collect(Collectors.groupingBy(Enum::name, TreeMap::new, Collectors.counting()));
  }

  /**
   * Whether a final read waited in vain, with either client; anything else is the test's failure.
   */
  private static boolean isUnreadable(Throwable e) {
    String said = String.valueOf(e.getMessage());
    return e instanceof TimeoutException
        || said.startsWith("not in time: the end of")
        || said.contains("no answer in time");
  }
}

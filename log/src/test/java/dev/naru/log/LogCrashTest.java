package dev.naru.log;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.naru.log.FaultyDisk.Operation;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Power loss at every write boundary of seeded workloads: every acknowledged batch is there,
 * nothing is gone but an unacknowledged tail, and the producers are what a replay makes of it. With
 * {@code durability=os} an acknowledged tail may go, and still nothing else.
 *
 * <p>Each life is lived once. At each of its operations the disk is forked, power is lost on the
 * fork, and recovery is checked there; then the life goes on. At some of them power is lost a
 * second time during the recovery; at others the process is killed, the next one recovers, and
 * power is lost only then. {@code -Dnaru.crash.seeds=N} sets the number of lives, {@code
 * -Dnaru.crash.first=SEED} the first one.
 */
@Tag("once")
class LogCrashTest {
  private static final int SEEDS = Integer.getInteger("naru.crash.seeds", 1_000);
  private static final long FIRST_SEED = Long.getLong("naru.crash.first", 0);
  private static final int STEPS = 40;

  /** About as many as a workload of so many steps has; later than its end is a loss at rest. */
  private static final long USUAL_OPERATIONS = 270;

  /** The ends of one life, and how many of which kind there were. */
  private static final class Endings implements CrashLife.Ending {
    private BiPredicate<Operation, Path> lies;
    private BiPredicate<Operation, Path> liesAfterKill;
    private long seed;
    private long boundary;
    private long boundaries;
    private long losses;
    private long lossesInRecovery;
    private long kills;

    void live(long newSeed) throws Exception {
      seed = newSeed;
      boundary = 0;
      CrashLife life = new CrashLife(seed, false);
      life.disk.lieAbout(lies);
      life.atEachOperation(this);
      life.work(STEPS);
      life.heir(life.disk.restart()).check(name(life, "power lost at rest"));
    }

    private String name(CrashLife life, String what) {
      return life.durability + ", seed " + seed + ", operation " + boundary + ": " + what;
    }

    @Override
    public void at(CrashLife life, FaultyDisk.Moment moment) throws Exception {
      long choices = seed * 1_000_003 + boundary;
      loss(life, moment, choices);
      if ((boundary + seed) % 8 == 0) {
        kill(life, moment, choices);
      }
      boundary++;
      boundaries++;
    }

    private void loss(CrashLife life, FaultyDisk.Moment moment, long choices) throws Exception {
      CrashLife heir = life.heir(moment.afterPowerLoss(choices));
      String what = name(life, "power lost at " + moment);
      losses++;
      if ((boundary + seed) % 3 == 0) {
        long at = boundary / 3 % 20;
        heir.disk.losePowerAt(at);
        heir.work(0);
        heir = heir.heir(heir.disk.restart());
        what += " and again at operation " + at + " of the recovery";
        lossesInRecovery++;
      }
      heir.check(what);
    }

    /** What the next process read, and may have shown, must not go when power is lost then. */
    private void kill(CrashLife life, FaultyDisk.Moment moment, long choices) throws Exception {
      CrashLife heir = life.heir(moment.afterKill(choices));
      heir.disk.lieAbout(liesAfterKill);
      heir.recover((boundary + seed) % 16 == 0);
      heir.heir(heir.disk.restart()).check(name(life, "killed at " + moment + ", then power lost"));
      kills++;
    }
  }

  @Test
  void everythingAcknowledgedSurvivesAPowerLossAtEveryWrite() throws Exception {
    long begun = System.nanoTime();
    Endings endings = new Endings();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      endings.live(seed);
    }
    System.out.printf(
        "%d seeds, %d write boundaries: %d power losses, %d of them with a second one during"
            + " recovery; %d kills with a power loss after recovery; %d ms%n",
        SEEDS,
        endings.boundaries,
        endings.losses,
        endings.lossesInRecovery,
        endings.kills,
        (System.nanoTime() - begun) / 1_000_000);
  }

  private static boolean isSegment(Path path) {
    return path.toString().endsWith(".log");
  }

  private static boolean isJournal(Path path) {
    return JournalFile.NAMES.contains(path.getFileName().toString());
  }

  private static boolean isRoot(Path path) {
    return path.endsWith("logs");
  }

  private static boolean isNote(Path path) {
    return path.startsWith("/naru/logs") && path.toString().endsWith(CheckedFile.TEMPORARY);
  }

  /** Each protection is left out once; the checks above must not pass then. */
  @Test
  void theChecksSeeAnyProtectionThatIsMissing() {
    Endings acknowledgedBeforeForced = new Endings();
    acknowledgedBeforeForced.lies = (op, path) -> op == Operation.FORCE && isSegment(path);
    assertNoticed(acknowledgedBeforeForced, "acknowledged before the force");

    Endings journalNotForced = new Endings();
    journalNotForced.lies = (op, path) -> op == Operation.FORCE && isJournal(path);
    assertNoticed(journalNotForced, "acknowledged before the journal was forced");

    Endings segmentNamesNotSynced = new Endings();
    segmentNamesNotSynced.lies = (op, path) -> op == Operation.SYNC_DIRECTORY && !isRoot(path);
    assertNoticed(segmentNamesNotSynced, "logs' directories are not synced");

    Endings logNamesNotSynced = new Endings();
    logNamesNotSynced.lies = (op, path) -> op == Operation.SYNC_DIRECTORY && isRoot(path);
    assertNoticed(logNamesNotSynced, "the directory of logs' directories is not synced");

    Endings notesNotForced = new Endings();
    notesNotForced.lies = (op, path) -> op == Operation.FORCE && isNote(path);
    assertNoticed(notesNotForced, "durable notes are not forced");

    Endings tailBelieved = new Endings();
    tailBelieved.liesAfterKill = (op, path) -> op == Operation.FORCE;
    assertNoticed(tailBelieved, "a tail is believed that recovery did not force");
  }

  private static void assertNoticed(Endings endings, String mutant) {
    AssertionError noticed =
        assertThrows(
            AssertionError.class,
            () -> {
              for (long seed = 0; seed < 50; seed++) {
                endings.live(seed);
              }
            },
            mutant);
    System.out.printf(
        "%s: noticed after %d boundaries: %s%n",
        mutant, endings.boundaries, noticed.getMessage().lines().findFirst().orElseThrow());
  }

  /** With the node's own threads, so that they meet as they like. */
  @Test
  void everythingAcknowledgedSurvivesWithThreadsToo() throws Exception {
    for (long seed = 0; seed < SEEDS / 5; seed++) {
      CrashLife life = new CrashLife(seed, true);
      long at = new SplittableRandom(~seed).nextLong(USUAL_OPERATIONS);
      life.disk.losePowerAt(at);
      life.work(STEPS);
      CrashLife heir = life.heir(life.disk.restart());
      heir.check(life.durability + ", seed " + seed + ", power lost at operation " + at);
    }
  }

  @Test
  void aLifeWithoutACrashLosesNothing() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      CrashLife life = new CrashLife(seed, true);
      life.work(STEPS);
      life.check("seed " + seed);
    }
  }
}

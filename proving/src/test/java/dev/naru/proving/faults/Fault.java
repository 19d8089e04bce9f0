package dev.naru.proving.faults;

import dev.naru.proving.kill.CheckedLoad;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;

/**
 * One row of the list of faults, in its long form: how long it goes on, and the line that says how
 * it went. {@code -Dfault.minutes=1} makes it short, {@code -Dseed} makes it the same again.
 */
final class Fault {
  /** Records a second of each producer, unless they would become too many. */
  private static final int PER_SECOND = 400;

  /** So many of each producer are kept in memory, with all that was seen of them. */
  private static final int RECORDS_MAX = 80_000;

  private final int row;
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final long beganNs = System.nanoTime();
  private final long lengthNs;

  /**
   * @param minutes how long it goes on when nothing else is asked for
   */
  Fault(int row, double minutes) {
    this.row = row;
    double asked = Double.parseDouble(System.getProperty("fault.minutes", "" + minutes));
    lengthNs = (long) (asked * Duration.ofMinutes(1).toNanos());
    System.out.printf(Locale.ROOT, "fault %d: %.1f minutes, seed %d%n", row, asked, seed);
  }

  Random random() {
    return random;
  }

  /** Whether it goes on. */
  boolean lasts() {
    return System.nanoTime() - beganNs < lengthNs;
  }

  /** Records a second that a producer may send all the time. */
  int perSecond() {
    return (int) Math.min(PER_SECOND, RECORDS_MAX / (lengthNs / 1e9 + 1));
  }

  /** The load that most rows are judged by. */
  CheckedLoad.Shape load(int partitions) {
    return CheckedLoad.Shape.of(partitions).pace(perSecond()).withGroupOf(2);
  }

  /** The row held: its line. */
  void held(String format, Object... arguments) {
    System.out.printf(
        Locale.ROOT, "fault %d: Z, %s%n", row, String.format(Locale.ROOT, format, arguments));
  }
}

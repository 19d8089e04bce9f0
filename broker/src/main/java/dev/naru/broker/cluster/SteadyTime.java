package dev.naru.broker.cluster;

import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Time;

/** A clock that nobody sets: requests must not time out because the wall clock was put right. */
final class SteadyTime implements Time {
  private final long originMs = System.currentTimeMillis();
  private final long originNs = System.nanoTime();

  @Override
  public long milliseconds() {
    return originMs + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - originNs);
  }

  @Override
  public long nanoseconds() {
    return System.nanoTime();
  }

  @Override
  public void sleep(long ms) {
    Time.SYSTEM.sleep(ms);
  }
}

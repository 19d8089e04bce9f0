package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waiting for what comes to be true. */
final class Eventually {
  private static final int SECONDS = 60;

  private Eventually() {}

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!condition.call()) {
      if (System.nanoTime() > deadlineNs) {
        fail("Not within " + SECONDS + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}

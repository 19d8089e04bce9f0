package dev.naru.broker.net;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Says what strangers cause, which may be thousands of times a second, once in ten seconds. */
public final class Seldom {
  private static final long BETWEEN_NS = TimeUnit.SECONDS.toNanos(10);

  private final Logger log;
  private final LongSupplier nanoTime;
  private final AtomicLong nextNs;
  private final AtomicLong unsaid = new AtomicLong();

  /**
   * @param nanoTime {@code System.nanoTime}, or a clock that is cranked by hand
   */
  public Seldom(Logger log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.nextNs = new AtomicLong(nanoTime.getAsLong());
  }

  /** Logs a warning, or counts it for the next one. Any thread. */
  public void warn(String sentence) {
    long nowNs = nanoTime.getAsLong();
    long next = nextNs.get();
    if (nowNs - next < 0 || !nextNs.compareAndSet(next, nowNs + BETWEEN_NS)) {
      unsaid.incrementAndGet();
      log.debug(sentence);
      return;
    }
    long others = unsaid.getAndSet(0);
    log.warn("{}{}", sentence, others == 0 ? "" : "; so did " + others + " others before");
  }
}

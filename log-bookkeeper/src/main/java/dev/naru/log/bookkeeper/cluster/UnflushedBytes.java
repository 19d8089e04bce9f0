package dev.naru.log.bookkeeper.cluster;

import org.apache.bookkeeper.stats.Gauge;
import org.apache.bookkeeper.stats.NullStatsLogger;
import org.apache.bookkeeper.stats.NullStatsProvider;
import org.apache.bookkeeper.stats.StatsLogger;

/**
 * How much a bookie has taken that is in its journal only, and will need room among its ledgers,
 * too. BookKeeper tells it nowhere but among its statistics, of which nothing else is kept.
 */
final class UnflushedBytes extends NullStatsProvider {
  private static final String WRITE_CACHE_SIZE = "write-cache-size";

  private volatile Gauge<?> gauge;

  private final StatsLogger logger =
      new NullStatsLogger() {
        @Override
        public StatsLogger scope(String name) {
          return this;
        }

        @Override
        public <T extends Number> void registerGauge(String name, Gauge<T> registered) {
          if (name.equals(WRITE_CACHE_SIZE)) {
            gauge = registered;
          }
        }
      };

  @Override
  public StatsLogger getStatsLogger(String scope) {
    return logger;
  }

  /** As of now; any thread. */
  long bytes() {
    Gauge<?> now = gauge;
    return now == null ? 0 : now.getSample().longValue();
  }
}

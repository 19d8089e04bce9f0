package dev.naru.log;

/** Where the shells of the log (maintenance, group commit) take the time from. */
@FunctionalInterface
public interface LogClock {
  /** Wall clock, milliseconds since the epoch. */
  long nowMs();
}

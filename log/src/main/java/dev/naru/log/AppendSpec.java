package dev.naru.log;

/**
 * How a set of batches is appended.
 *
 * @param origin who appends
 * @param leaderEpoch the epoch written into each batch
 * @param nowMs wall clock time, for rolling by time and producer expiry
 * @param guard for a transactional append that opens a transaction at this log, the guard of the
 *     verification that preceded it; otherwise null
 */
public record AppendSpec(
    AppendOrigin origin, int leaderEpoch, long nowMs, VerificationGuard guard) {

  public static AppendSpec client(int leaderEpoch, long nowMs) {
    return new AppendSpec(AppendOrigin.CLIENT, leaderEpoch, nowMs, null);
  }

  public static AppendSpec coordinator(int leaderEpoch, long nowMs) {
    return new AppendSpec(AppendOrigin.COORDINATOR, leaderEpoch, nowMs, null);
  }
}

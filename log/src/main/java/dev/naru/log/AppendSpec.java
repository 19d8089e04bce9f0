package dev.naru.log;

/**
 * How a set of batches is appended.
 *
 * @param origin who appends
 * @param leaderEpoch the epoch written into each batch
 * @param nowMs wall clock time, for rolling by time and producer expiry
 * @param guard for a transactional append that opens a transaction at this log, the guard of the
 *     verification that preceded it; otherwise null
 * @param transactionVersion for transaction markers, the version of the transaction that they end:
 *     from 2 on (KIP-890) a marker must bring a newer producer epoch than the open transaction has,
 *     so that a delayed marker cannot end the producer's next transaction; otherwise 0
 */
public record AppendSpec(
    AppendOrigin origin,
    int leaderEpoch,
    long nowMs,
    VerificationGuard guard,
    short transactionVersion) {

  public AppendSpec(AppendOrigin origin, int leaderEpoch, long nowMs, VerificationGuard guard) {
    this(origin, leaderEpoch, nowMs, guard, (short) 0);
  }

  public static AppendSpec client(int leaderEpoch, long nowMs) {
    return new AppendSpec(AppendOrigin.CLIENT, leaderEpoch, nowMs, null);
  }

  public static AppendSpec coordinator(int leaderEpoch, long nowMs) {
    return new AppendSpec(AppendOrigin.COORDINATOR, leaderEpoch, nowMs, null);
  }

  /** Markers that end a transaction of the given version. */
  public static AppendSpec marker(int leaderEpoch, long nowMs, short transactionVersion) {
    return new AppendSpec(AppendOrigin.COORDINATOR, leaderEpoch, nowMs, null, transactionVersion);
  }
}

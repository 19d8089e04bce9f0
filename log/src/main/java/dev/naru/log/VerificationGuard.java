package dev.naru.log;

/**
 * Proof that a transaction was still open when the append was prepared (KIP-890). Handed out by
 * {@link PartitionLog#startVerification} before the transaction coordinator is asked, and given
 * back with the append; a marker written in between makes it stale. Compared by identity.
 */
public final class VerificationGuard {}

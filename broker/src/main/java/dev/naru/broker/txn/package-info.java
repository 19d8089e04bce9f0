/**
 * The transaction coordinator: a state machine over the partitions of {@code __transaction_state},
 * the shells that run it, and the handlers of the APIs that reach it (KIP-98, KIP-360, KIP-890).
 */
package dev.naru.broker.txn;

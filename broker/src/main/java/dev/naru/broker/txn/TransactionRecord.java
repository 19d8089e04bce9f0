package dev.naru.broker.txn;

/**
 * One change: the whole new state of a transactional id, or null in its place when the id is
 * forgotten.
 */
record TransactionRecord(String transactionalId, Transaction value) {

  static TransactionRecord of(Transaction transaction) {
    return new TransactionRecord(transaction.transactionalId(), transaction);
  }

  static TransactionRecord tombstone(String transactionalId) {
    return new TransactionRecord(transactionalId, null);
  }
}

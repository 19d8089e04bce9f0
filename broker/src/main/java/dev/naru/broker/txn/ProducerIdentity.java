package dev.naru.broker.txn;

/** The producer id and epoch that a client believes to have. */
record ProducerIdentity(long id, short epoch) {}

package dev.naru.log;

/**
 * What a log shares with the others of its node.
 *
 * @param producerExpirationMs {@code producer.id.expiration.ms}
 */
record LogEnvironment(GroupCommit commits, long producerExpirationMs) {}

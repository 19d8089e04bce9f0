/**
 * Carries topics from one cluster to another: records in their order, configs, and where groups
 * are. Sees both clusters as any Kafka client does, so that either may be Apache Kafka's.
 */
package dev.naru.cli.transfer;

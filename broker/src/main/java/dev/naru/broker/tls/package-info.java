/**
 * What TLS needs of keys, certificates and authorities, by Kafka's own classes for that; the only
 * package that sees them.
 */
package dev.naru.broker.tls;

/**
 * The load generator: Kafka's protocol over non-blocking connections of one thread, with requests
 * that are encoded before the clock runs, so that the server is measured and not a client library;
 * and a second driver over kafka-clients, as users would write it.
 */
package dev.naru.proving.bench.load;

/**
 * Programs that use Kafka Streams and Apache Kafka's own tools, each in a JVM of its own: they need
 * clients of another version than the tests do.
 */
package dev.naru.proving.peers;

/**
 * Runs Apache Kafka's own integration tests against a node in a process of its own. What would
 * start Kafka's broker inside the tests' JVM is replaced by classes of the same names in {@code
 * org.apache.kafka.common.test}; everything else is Apache's, untouched.
 */
package dev.naru.proving.apache;

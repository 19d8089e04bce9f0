/**
 * Consumer groups: Kafka's group coordinator, embedded over our partition logs, and the handlers of
 * its APIs. The only package that sees {@code org.apache.kafka.coordinator.group} and {@code
 * org.apache.kafka.coordinator.common}.
 */
package dev.naru.broker.group;

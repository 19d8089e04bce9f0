/** Nodes under test, each a process of its own: Naru, and Apache Kafka as the peer. */
package dev.naru.proving.node;

/** Commands that talk to a running node with Kafka's own clients. */
package dev.naru.cli.client;

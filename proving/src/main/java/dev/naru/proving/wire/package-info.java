/** Kafka's protocol over a bare socket, for requests that no client library would send. */
package dev.naru.proving.wire;

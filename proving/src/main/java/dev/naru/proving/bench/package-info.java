/**
 * {@code ./naru bench}: Naru beside Apache Kafka on this machine, driven by the same load in turn.
 * {@link dev.naru.proving.bench.scenario.Scenarios} is the list of what is measured.
 */
package dev.naru.proving.bench;

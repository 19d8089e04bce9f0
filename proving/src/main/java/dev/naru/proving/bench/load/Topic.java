package dev.naru.proving.bench.load;

import org.apache.kafka.common.Uuid;

/** A topic that was made for a scenario. */
public record Topic(String name, Uuid id, int partitions) {}

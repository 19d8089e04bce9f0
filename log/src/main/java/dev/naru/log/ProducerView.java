package dev.naru.log;

import java.util.OptionalLong;

/** What the log knows of one producer, as DescribeProducers shows it. */
public record ProducerView(
    long producerId,
    short producerEpoch,
    int lastSequence,
    long lastTimestampMs,
    int coordinatorEpoch,
    OptionalLong currentTransactionFirstOffset) {}

"""Reads whole topics as read_committed and prints one line per record: topic, partition, offset, value, tab-separated."""

import collections
import logging
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

# Without any message or end of a partition.
PATIENCE_S = 45

# A call returns when it has as many messages as it may bring, or after this long.
STEP_S = 0.2
STEP_MESSAGES = 10_000

ASK_S = 5
SAID_LINES_MAX = 5_000
SAID_CHARS_MAX = 700


class Said(logging.Handler):
    """Keeps what the client said last, for when an answer fails to come."""

    def __init__(self):
        super().__init__()
        self.lines = collections.deque(maxlen=SAID_LINES_MAX)

    def emit(self, record):
        self.lines.append("%.3f %s" % (record.created % 1000, record.getMessage()))

    def of(self, topic, partition):
        """What it said last of one partition, newest first."""
        name = "%s [%d]" % (topic, partition)
        return " | ".join(line for line in reversed(self.lines) if name in line)[:SAID_CHARS_MAX]


def give_up(consumer, said, left):
    """Ends with all that is known, on standard error; the last line has what tells most."""
    print(*said.lines, sep="\n", file=sys.stderr)
    topic, partition = left[0]
    try:
        leader = consumer.list_topics(topic, timeout=ASK_S).topics[topic].partitions[partition].leader
        ends = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ASK_S)
    except KafkaException as e:
        leader = ends = e
    position = consumer.position([TopicPartition(topic, partition)])[0].offset
    sys.exit(
        "no answer in time; left are %s; the first: position %s, leader %s, offsets %s; newest first: %s"
        % (left, position, leader, ends, said.of(topic, partition))
    )


def main(bootstrap, topics):
    said = Said()
    logger = logging.getLogger("client")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(said)
    logger.propagate = False
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "final-read",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "debug": "broker,topic,metadata,fetch",
        },
        logger=logger,
    )
    metadata = consumer.list_topics(timeout=30).topics
    all_partitions = [TopicPartition(t, p, OFFSET_BEGINNING) for t in topics for p in metadata[t].partitions]
    left = {(p.topic, p.partition) for p in all_partitions}
    consumer.assign(all_partitions)
    heard = time.monotonic()
    while left:
        messages = consumer.consume(STEP_MESSAGES, timeout=STEP_S)
        if messages:
            heard = time.monotonic()
        elif time.monotonic() - heard > PATIENCE_S:
            give_up(consumer, said, sorted(left))
        for message in messages:
            error = message.error()
            if error is None:
                value = message.value().decode()
                print(message.topic(), message.partition(), message.offset(), value, sep="\t")
            elif error.code() == KafkaError._PARTITION_EOF:
                left.discard((message.topic(), message.partition()))
            else:
                raise KafkaException(error)
    consumer.close()


main(sys.argv[1], sys.argv[2:])

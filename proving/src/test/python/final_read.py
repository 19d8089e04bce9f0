"""Reads whole topics as read_committed and prints one line per record: topic, partition, offset, value, tab-separated."""

import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition


def main(bootstrap, topics):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "final-read",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    metadata = consumer.list_topics(timeout=30).topics
    left = [TopicPartition(t, p, OFFSET_BEGINNING) for t in topics for p in metadata[t].partitions]
    open_partitions = {(p.topic, p.partition) for p in left}
    consumer.assign(left)
    while open_partitions:
        messages = consumer.consume(10000, timeout=30)
        if not messages:
            sys.exit("no answer in time; left are %s" % sorted(open_partitions))
        for message in messages:
            error = message.error()
            if error is None:
                value = message.value().decode()
                print(message.topic(), message.partition(), message.offset(), value, sep="\t")
            elif error.code() == KafkaError._PARTITION_EOF:
                open_partitions.discard((message.topic(), message.partition()))
            else:
                raise KafkaException(error)
    consumer.close()


main(sys.argv[1], sys.argv[2:])

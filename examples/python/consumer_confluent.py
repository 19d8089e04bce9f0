#!/usr/bin/python3
"""Brings the orders of a topic into a table, with confluent-kafka. Start several: they share the partitions.

    python3 consumer_confluent.py --topic orders --group billing --table orders.db

Offsets are committed after the rows. Ctrl-C and SIGTERM end it in order: its partitions go to the others at once.
"""

import argparse
import signal
import sys

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from orders import OrdersTable

# The group gave the partitions to others in the meantime. They read the orders again, which are rows already.
MOVED_ON = (KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS)


def good(messages):
    """The records among what came; errors that pass by themselves are told, others raised."""
    records = []
    for message in messages:
        error = message.error()
        if error is None:
            records.append(message)
        elif error.fatal():
            raise KafkaException(error)
        else:
            print(f"trying on: {error}", file=sys.stderr)
    return records


def commit(consumer, records):
    """Commits that everything up to these records was handled, and returns when the node has it on disk."""
    following = {(record.topic(), record.partition()): record.offset() + 1 for record in records}
    offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in following.items()]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as failure:
        if failure.args[0].code() not in MOVED_ON:
            raise
        print(f"not committed: {failure.args[0]}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT")
    parser.add_argument("--topic", default="orders")
    parser.add_argument("--group", default="billing")
    parser.add_argument("--table", default="orders.db", metavar="FILE", help="of SQLite (orders.db)")
    parser.add_argument("--session-timeout-ms", type=int, default=10_000, metavar="MS",
                        help="after which a process that died is missed (10000)")
    return parser.parse_args()


def main():
    options = arguments()
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: stopping.append(signum))
    consumer = Consumer(
        {
            "bootstrap.servers": options.bootstrap,
            "client.id": "billing-confluent",
            "group.id": options.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": options.session_timeout_ms,
            # What is fetched ahead of what is handled, in KiB.
            "queued.max.messages.kbytes": 16 * 1024,
        }
    )
    table = OrdersTable(options.table)
    handled = new = 0
    consumer.subscribe([options.topic])
    try:
        while not stopping:
            records = good(consumer.consume(500, timeout=0.2))
            if records:
                new += table.keep((r.key(), r.value(), r.headers(), r.partition(), r.offset()) for r in records)
                commit(consumer, records)
                handled += len(records)
    finally:
        consumer.close()
        table.close()
    print(f"{handled} handled, {new} of them new")
    return 0


if __name__ == "__main__":
    sys.exit(main())

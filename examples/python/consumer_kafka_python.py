#!/usr/bin/python3
"""Brings the orders of a topic into a table, with kafka-python. Start several: they share the partitions.

    python3 consumer_kafka_python.py --topic orders --group billing --table orders.db

Offsets are committed after the rows. Ctrl-C and SIGTERM end it in order: its partitions go to the others at once.
"""

import argparse
import signal
import sys

from kafka import KafkaConsumer
from kafka.errors import CommitFailedError

from orders import OrdersTable


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
    consumer = KafkaConsumer(
        options.topic,
        bootstrap_servers=options.bootstrap,
        client_id="billing-kafka-python",
        group_id=options.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=options.session_timeout_ms,
        heartbeat_interval_ms=options.session_timeout_ms // 4,
    )
    table = OrdersTable(options.table)
    handled = new = 0
    try:
        while not stopping:
            by_partition = consumer.poll(timeout_ms=200, max_records=500)
            records = [record for records in by_partition.values() for record in records]
            if not records:
                continue
            new += table.keep((r.key, r.value, r.headers, r.partition, r.offset) for r in records)
            handled += len(records)
            try:
                consumer.commit()
            except CommitFailedError as failure:
                # The group gave the partitions to others in the meantime. They read the orders again, which are rows already.
                print(f"not committed: {failure}", file=sys.stderr)
    finally:
        consumer.close(autocommit=False)
        table.close()
    print(f"{handled} handled, {new} of them new")
    return 0


if __name__ == "__main__":
    sys.exit(main())

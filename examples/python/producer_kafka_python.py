#!/usr/bin/python3
"""Sends orders to a topic with kafka-python, those of a shop in their order.

    python3 producer_kafka_python.py --topic orders --count 10000

Ends with 0 when every order was acknowledged, with 1 when one was not. Ctrl-C and SIGTERM end it early: what was
sent by then is still acknowledged.
"""

import argparse
import signal
import sys
import time

from kafka import KafkaProducer

from orders import order


class Deliveries:
    """Counts what became of the orders. Called for each, in the producer's one thread."""

    def __init__(self):
        self.delivered = 0
        self.failed = 0

    def succeeded(self, metadata):
        self.delivered += 1

    def failed_with(self, error):
        self.failed += 1
        print(f"not delivered: {error!r}", file=sys.stderr)


def connect(options):
    config = {
        "bootstrap_servers": options.bootstrap,
        "client_id": "orders-kafka-python",
        "acks": "all",
        "retries": 1_000,
        "linger_ms": 5,
        # Back-pressure: when so many bytes wait for the node, send() waits for room, a minute at most.
        "buffer_memory": options.buffer,
        "max_block_ms": 60_000,
        "key_serializer": str.encode,
        "value_serializer": str.encode,
    }
    if "enable_idempotence" in KafkaProducer.DEFAULT_CONFIG:
        config["enable_idempotence"] = True
    else:
        # Before 2.1 there is no idempotence: one request at a time keeps the order, and a retry may store twice.
        config["max_in_flight_requests_per_connection"] = 1
    return KafkaProducer(**config)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT")
    parser.add_argument("--topic", default="orders")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="of the first order (0)")
    parser.add_argument("--count", type=int, default=10_000, metavar="ORDERS")
    parser.add_argument("--rate", type=float, default=0, metavar="ORDERS", help="a second; 0: as fast as it goes (0)")
    parser.add_argument("--buffer", type=int, default=16 << 20, metavar="BYTES", help="that may wait in memory (16 MiB)")
    return parser.parse_args()


def main():
    options = arguments()
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: stopping.append(signum))
    producer = connect(options)
    deliveries = Deliveries()
    began = time.monotonic()
    for sent in range(options.count):
        while options.rate and not stopping and sent / options.rate > time.monotonic() - began:
            time.sleep(0.01)
        if stopping:
            break
        shop, value = order(options.first + sent)
        headers = [("client", b"kafka-python"), ("content-type", b"application/json")]
        future = producer.send(options.topic, key=shop, value=value, headers=headers)
        future.add_callback(deliveries.succeeded).add_errback(deliveries.failed_with)
    producer.flush(timeout=120)
    producer.close()
    print(f"{deliveries.delivered} delivered, {deliveries.failed} failed")
    return 1 if deliveries.failed else 0


if __name__ == "__main__":
    sys.exit(main())

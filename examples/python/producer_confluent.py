#!/usr/bin/python3
"""Sends orders to a topic with confluent-kafka: each of them once, those of a shop in their order.

    python3 producer_confluent.py --topic orders --count 10000

Ends with 0 when every order was acknowledged, with 1 when one was not. Ctrl-C and SIGTERM end it early: what was
sent by then is still acknowledged.
"""

import argparse
import signal
import sys
import time

from confluent_kafka import Producer

from orders import order


class Deliveries:
    """Counts what became of the orders. Called for each, in the thread that calls poll() or flush()."""

    def __init__(self):
        self.delivered = 0
        self.failed = 0
        self.waits = 0

    def __call__(self, error, message):
        if error is None:
            self.delivered += 1
        else:
            self.failed += 1
            print(f"not delivered: {message.value().decode()}: {error}", file=sys.stderr)


def send(producer, topic, number, deliveries):
    shop, value = order(number)
    headers = {"client": "confluent", "content-type": "application/json"}
    while True:
        try:
            producer.produce(topic, key=shop, value=value, headers=headers, on_delivery=deliveries)
            producer.poll(0)
            return
        except BufferError:
            # The queue is full: more is made than the node takes. Deliveries make room again.
            deliveries.waits += 1
            producer.poll(0.1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT")
    parser.add_argument("--topic", default="orders")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="of the first order (0)")
    parser.add_argument("--count", type=int, default=10_000, metavar="ORDERS")
    parser.add_argument("--rate", type=float, default=0, metavar="ORDERS", help="a second; 0: as fast as it goes (0)")
    parser.add_argument("--queue", type=int, default=10_000, metavar="ORDERS", help="that may wait in memory (10000)")
    return parser.parse_args()


def main():
    options = arguments()
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: stopping.append(signum))
    producer = Producer(
        {
            "bootstrap.servers": options.bootstrap,
            "client.id": "orders-confluent",
            # A batch that is sent again, because its answer was lost, is not stored again; and order is kept.
            "enable.idempotence": True,
            "linger.ms": 5,
            "queue.buffering.max.messages": options.queue,
            "queue.buffering.max.kbytes": 16 * 1024,
            # Java's clients and kafka-python put a key into the same partition.
            "partitioner": "murmur2_random",
        }
    )
    deliveries = Deliveries()
    began = time.monotonic()
    for sent in range(options.count):
        while options.rate and not stopping and sent / options.rate > time.monotonic() - began:
            producer.poll(0.01)
        if stopping:
            break
        send(producer, options.topic, options.first + sent, deliveries)
    deliveries.failed += producer.flush(120)
    print(f"{deliveries.delivered} delivered, {deliveries.failed} failed, waited for room {deliveries.waits} times")
    return 1 if deliveries.failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""What the sellers of the shop send: who they are, and what they sell, as JSON.

    python3 sellers.py sellers --count 20                # into the topic sellers
    python3 sellers.py products --count 1000             # into the topic seller-products
    python3 sellers.py products --count 1000 --price 2   # the same ones with other prices
    python3 sellers.py withdraw --count 100              # the first 100 are not sold any more

A record's key is the seller or the product. Ends with 0 when every record was acknowledged.
"""

import argparse
import json
import sys
import time

from confluent_kafka import Producer

COUNTRIES = ("JP", "KR", "TW", "TH")
SELLERS = 20


def seller(number, options):
    key = f"s-{number}"
    return key, {"seller": key, "name": f"Seller {number}", "country": COUNTRIES[number % len(COUNTRIES)]}


def product(number, options):
    key = f"p-{number:06d}"
    return key, {
        "product": key,
        "seller": f"s-{number % SELLERS}",
        "title": f"Tea no. {number} (차, 茶)",
        "price_cents": 500 + number % 1_000 + 100 * options.price,
        "stock": number % 50,
    }


def withdrawal(number, options):
    return product(number, options)[0], None


KINDS = {
    "sellers": ("sellers", seller),
    "products": ("seller-products", product),
    "withdraw": ("seller-products", withdrawal),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=KINDS)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT")
    parser.add_argument("--count", type=int, default=SELLERS, metavar="RECORDS")
    parser.add_argument("--rate", type=float, default=0, metavar="RECORDS", help="a second; 0: as fast as it goes (0)")
    parser.add_argument("--price", type=int, default=0, metavar="LEVEL", help="of all products (0)")
    return parser.parse_args()


def main():
    options = arguments()
    failed = []
    producer = Producer(
        {
            "bootstrap.servers": options.bootstrap,
            "client.id": "sellers",
            "enable.idempotence": True,
            "linger.ms": 5,
            "partitioner": "murmur2_random",
        }
    )
    topic, record = KINDS[options.what]

    def told(error, message):
        if error is not None:
            failed.append(error)
            print(f"not delivered: {message.key().decode()}: {error}", file=sys.stderr)

    began = time.monotonic()
    for number in range(options.count):
        while options.rate and number / options.rate > time.monotonic() - began:
            producer.poll(0.01)
        key, value = record(number, options)
        text = None if value is None else json.dumps(value, ensure_ascii=False)
        while True:
            try:
                producer.produce(topic, key=key, value=text, on_delivery=told)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    left = producer.flush(120)
    print(f"{options.count - left - len(failed)} records into {topic}")
    return 1 if failed or left else 0


if __name__ == "__main__":
    sys.exit(main())

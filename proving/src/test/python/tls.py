"""Sends records over TLS with kafka-python and prints what comes back: ADDRESS CA-FILE TOPIC COUNT."""

import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

address, authority, topic, count = sys.argv[1:]
tls = dict(bootstrap_servers=address, security_protocol="SSL", ssl_cafile=authority)

producer = KafkaProducer(**tls)
futures = [producer.send(topic, f"v{i}".encode(), partition=0) for i in range(int(count))]
for future in futures:
    future.get(timeout=30)
producer.close()

consumer = KafkaConsumer(**tls, consumer_timeout_ms=30000)
consumer.assign([TopicPartition(topic, 0)])
consumer.seek_to_beginning()
for _ in range(int(count)):
    print(next(consumer).value.decode())
consumer.close()

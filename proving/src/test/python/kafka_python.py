"""What the tests do with kafka-python: one command per run, results as tab-separated lines on standard output."""

import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

NULL = "NULL"
DEADLINE_S = 30


def emit(*fields):
    print(*fields, sep="\t", flush=True)


def text(data):
    return NULL if data is None else data.decode()


def data(field):
    return None if field == NULL else field.encode()


def wait_for(what, condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("not in time: " + what)
        time.sleep(0.02)


# ---- The exchange with other libraries -------------------------------------------------------------------------------
def write(bootstrap):
    """Lines in: codec, topic, partition, timestamp, key, value, headers. Out: the offset of each, in the same order."""
    producers = {}
    futures = []
    for line in sys.stdin.read().splitlines():
        codec, topic, partition, timestamp_ms, key, value, headers = line.split("\t")
        if codec not in producers:
            producers[codec] = KafkaProducer(
                bootstrap_servers=bootstrap, compression_type=None if codec == "none" else codec, acks="all", linger_ms=50
            )
        pairs = [h.split("=", 1) for h in headers.split(",") if h]
        futures.append(
            producers[codec].send(
                topic,
                key=data(key),
                value=data(value),
                partition=int(partition),
                timestamp_ms=int(timestamp_ms),
                headers=[(name, v.encode()) for name, v in pairs],
            )
        )
    for future in futures:
        metadata = future.get(timeout=DEADLINE_S)
        emit(metadata.topic, metadata.partition, metadata.offset)
    for producer in producers.values():
        producer.close()


def read(bootstrap, *topics):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    partitions = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)

    def at_end():
        for records in consumer.poll(timeout_ms=200).values():
            for r in records:
                headers = ",".join("%s=%s" % (name, text(value)) for name, value in r.headers)
                emit(r.topic, r.partition, r.timestamp, text(r.key), text(r.value), headers)
        return all(consumer.position(p) >= ends[p] for p in partitions)

    wait_for("the ends", at_end)
    consumer.close()


# ---- Groups ----------------------------------------------------------------------------------------------------------
def member(bootstrap, group, **more):
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        heartbeat_interval_ms=200,
        **more
    )


def resume(bootstrap, topic, group, first, total):
    """One member reads and commits so many, the next one reads the rest."""
    for name, count in (("first", int(first)), ("second", int(total) - int(first))):
        consumer = member(bootstrap, group, max_poll_records=7)
        consumer.subscribe([topic])
        seen = []
        positions = {}

        def enough():
            for partition, records in consumer.poll(timeout_ms=100, max_records=min(7, count - len(seen))).items():
                for r in records:
                    seen.append(r)
                    positions[partition] = OffsetAndMetadata(r.offset + 1, "by " + name)
            return len(seen) >= count

        wait_for("the records of the %s member" % name, enough)
        consumer.commit(positions)
        for r in seen:
            emit(name, r.partition, r.offset, text(r.value))
        consumer.close()


class CommitsWhatItLoses(ConsumerRebalanceListener):
    def __init__(self, consumer):
        self.consumer = consumer

    def on_partitions_revoked(self, revoked):
        self.consumer.commit()

    def on_partitions_assigned(self, assigned):
        pass


class Member(threading.Thread):
    def __init__(self, bootstrap, topic, group, name):
        super().__init__(name=name, daemon=True)
        self.consumer = member(bootstrap, group, max_poll_records=5)
        self.consumer.subscribe([topic], listener=CommitsWhatItLoses(self.consumer))
        self.seen = []
        self.share = set()
        self.ending = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.ending.is_set():
                for records in self.consumer.poll(timeout_ms=100).values():
                    self.seen.extend((self.name, r.partition, r.offset, text(r.value)) for r in records)
                self.share = {p.partition for p in self.consumer.assignment()}
            self.consumer.commit()
            self.consumer.close(autocommit=False)
        except BaseException as e:
            self.failure = e
            raise

    def stop(self):
        self.ending.set()
        self.join(DEADLINE_S)
        if self.failure is not None or self.is_alive():
            sys.exit("the member %s did not end well: %s" % (self.name, self.failure))


def rebalance(bootstrap, topic, group, total):
    """Two members share four partitions while records come in; the second one leaves, and the first one has all again."""
    total = int(total)
    first = Member(bootstrap, topic, group, "first")
    first.start()
    wait_for("all partitions at the first", lambda: first.share == {0, 1, 2, 3})
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    sent = 0

    def send(upto):
        nonlocal sent
        while sent < upto:
            producer.send(topic, value=b"v%d" % sent, partition=sent % 4)
            sent += 1
        producer.flush()

    send(total // 3)
    second = Member(bootstrap, topic, group, "second")
    second.start()
    wait_for("two partitions each", lambda: len(first.share) == 2 and len(second.share) == 2 and not first.share & second.share)
    before = len(second.seen)
    send(2 * total // 3)
    wait_for("records at the second", lambda: len(second.seen) > before)
    second.stop()
    wait_for("all partitions back at the first", lambda: first.share == {0, 1, 2, 3})
    send(total)
    wait_for("every record", lambda: len(first.seen) + len(second.seen) >= total)
    first.stop()
    producer.close()
    for line in first.seen + second.seen:
        emit(*line)


def offsets(bootstrap, topic, timestamp_ms):
    """Where a timestamp, the beginning and the end are, and what a seek to the first gives."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    partition = TopicPartition(topic, 0)
    found = consumer.offsets_for_times({partition: int(timestamp_ms)})[partition]
    emit("found", found.offset, found.timestamp)
    emit("range", consumer.beginning_offsets([partition])[partition], consumer.end_offsets([partition])[partition])
    emit("later", consumer.offsets_for_times({partition: int(timestamp_ms) + 86400000})[partition])
    consumer.assign([partition])
    consumer.seek(partition, found.offset)
    records = []

    def got():
        records.extend(r for batch in consumer.poll(timeout_ms=200).values() for r in batch)
        return records

    wait_for("a record", got)
    emit("next", records[0].offset, text(records[0].value))
    consumer.close()


# ---- Admin -----------------------------------------------------------------------------------------------------------
def admin(bootstrap, topic, group):
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    client.create_topics([NewTopic(topic, 2, 1, topic_configs={"retention.ms": "7200000"})])
    try:
        client.create_topics([NewTopic(topic, 2, 1)])
    except TopicAlreadyExistsError:
        emit("refused", "TopicAlreadyExists")
    emit("listed", topic in client.list_topics())
    client.create_partitions({topic: NewPartitions(3)})
    described = client.describe_topics([topic])[0]
    emit("partitions", described["error_code"], sorted(p["partition"] for p in described["partitions"]))
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": "54321"})])
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": None, "retention.ms": None})
    for _, _, _, _, entries in client.describe_configs([resource])[0].resources:
        for entry in sorted(entries):
            emit("config", entry[0], entry[1])
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for i in range(10):
        producer.send(topic, value=b"x", partition=0)
    producer.close()
    consumer = member(bootstrap, group, client_id="kafka-python-member")
    consumer.subscribe([topic])
    wait_for("a record", lambda: consumer.poll(timeout_ms=200))
    consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(4, "note")})
    emit("groups", (group, "consumer") in client.list_consumer_groups())
    info = client.describe_consumer_groups([group])[0]
    emit("group", info.error_code, info.state, info.protocol_type, [m.client_id for m in info.members])
    consumer.close()
    offset = client.list_consumer_group_offsets(group)[TopicPartition(topic, 0)]
    emit("offset", offset.offset, offset.metadata)
    emit("deleted group", client.delete_consumer_groups([group])[0][1].__name__)
    client.delete_topics([topic])
    try:
        client.delete_topics([topic])
    except UnknownTopicOrPartitionError:
        emit("refused", "UnknownTopicOrPartition")
    emit("listed", topic in client.list_topics())
    client.close()


COMMANDS = {f.__name__: f for f in (write, read, resume, rebalance, offsets, admin)}
sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8")
COMMANDS[sys.argv[1]](*sys.argv[2:])

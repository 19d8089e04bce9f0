"""What the tests do with confluent-kafka: one command per run, results as tab-separated lines on standard output."""

import sys
import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    TIMESTAMP_CREATE_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

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


def checked(message):
    if message.error() is not None:
        raise KafkaException(message.error())
    return message


def producer(bootstrap, **more):
    return Producer({"bootstrap.servers": bootstrap, **{k.replace("_", "."): v for k, v in more.items()}})


def consumer(bootstrap, group, **more):
    config = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "heartbeat.interval.ms": 200,
        "session.timeout.ms": 45000,
    }
    return Consumer({**config, **{k.replace("_", "."): v for k, v in more.items()}})


def flush(client):
    left = client.flush(DEADLINE_S)
    if left:
        sys.exit("%d messages were not delivered in time" % left)


def take(client, count):
    """So many messages, in the order in which they come."""
    messages = []

    def enough():
        messages.extend(checked(m) for m in client.consume(count - len(messages), timeout=0.2))
        return len(messages) >= count

    wait_for("%d messages" % count, enough)
    return messages


# ---- The exchange with other libraries -------------------------------------------------------------------------------
def write(bootstrap):
    """Lines in: codec, topic, partition, timestamp, key, value, headers. Out: the offset of each."""

    def delivered(error, message):
        if error is not None:
            raise KafkaException(error)
        emit(message.topic(), message.partition(), message.offset())

    producers = {}
    for line in sys.stdin.read().splitlines():
        codec, topic, partition, timestamp_ms, key, value, headers = line.split("\t")
        if codec not in producers:
            producers[codec] = producer(bootstrap, compression_type=codec, linger_ms=200, acks="all")
        producers[codec].produce(
            topic,
            key=data(key),
            value=data(value),
            partition=int(partition),
            timestamp=int(timestamp_ms),
            headers=[(name, v.encode()) for name, v in (h.split("=", 1) for h in headers.split(",") if h)],
            on_delivery=delivered,
        )
    for client in producers.values():
        flush(client)


def read(bootstrap, *topics):
    client = consumer(bootstrap, "exchange", enable_partition_eof=True)
    metadata = client.list_topics(timeout=DEADLINE_S).topics
    partitions = [TopicPartition(t, p, OFFSET_BEGINNING) for t in topics for p in metadata[t].partitions]
    left = {(p.topic, p.partition) for p in partitions}
    client.assign(partitions)

    def at_end():
        for m in client.consume(1000, timeout=0.2):
            if m.error() is not None and m.error().code() == KafkaError._PARTITION_EOF:
                left.discard((m.topic(), m.partition()))
                continue
            checked(m)
            kind, timestamp_ms = m.timestamp()
            assert kind == TIMESTAMP_CREATE_TIME
            headers = ",".join("%s=%s" % (name, text(value)) for name, value in m.headers() or [])
            emit(m.topic(), m.partition(), timestamp_ms, text(m.key()), text(m.value()), headers)
        return not left

    wait_for("the ends", at_end)
    client.close()


# ---- Producers -------------------------------------------------------------------------------------------------------
def idempotent(bootstrap, topic, count):
    """Many small batches in flight at once; out comes what was delivered where, in the order of the deliveries."""

    def delivered(error, message):
        if error is not None:
            raise KafkaException(error)
        emit(message.partition(), message.offset(), text(message.value()))

    client = producer(
        bootstrap, enable_idempotence=True, batch_num_messages=10, linger_ms=0, max_in_flight_requests_per_connection=5
    )
    for i in range(int(count)):
        client.produce(topic, value="v%d" % i, partition=i % 2, on_delivery=delivered)
        client.poll(0)
    flush(client)


def transactions(bootstrap, source, target, group, transactional_id, per_transaction):
    """Reads the source in steps and copies each to the target, with its offsets; every second attempt is aborted."""
    per_transaction = int(per_transaction)
    client = producer(bootstrap, transactional_id=transactional_id)
    client.init_transactions(DEADLINE_S)
    reader = consumer(bootstrap, group)
    reader.subscribe([source])
    for step in range(6):
        messages = take(reader, per_transaction)
        aborted = step % 2 == 0
        client.begin_transaction()
        for m in messages:
            client.produce(target, key=m.key(), value=m.value() + (b" aborted" if aborted else b""), partition=m.partition())
        positions = {m.partition(): TopicPartition(source, m.partition(), m.offset() + 1) for m in messages}
        client.send_offsets_to_transaction(list(positions.values()), reader.consumer_group_metadata(), DEADLINE_S)
        if aborted:
            # Before an abort, librdkafka throws away what it has not sent yet.
            flush(client)
            client.abort_transaction(DEADLINE_S)
            # As a program does whose transaction failed: from what is committed on, or from the beginning.
            for p in reader.committed(reader.assignment(), timeout=DEADLINE_S):
                reader.seek(TopicPartition(source, p.partition, p.offset if p.offset >= 0 else OFFSET_BEGINNING))
        else:
            client.commit_transaction(DEADLINE_S)
    reader.close()


def committed_group(bootstrap, topic, group, count):
    """A group that reads committed records only; the offsets show the gaps of markers and aborted records."""
    for isolation in ("read_committed", "read_uncommitted"):
        client = consumer(bootstrap, group + "-" + isolation, isolation_level=isolation, enable_partition_eof=True)
        client.subscribe([topic])
        ended = set()

        def at_end():
            for m in client.consume(100, timeout=0.2):
                if m.error() is not None and m.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(m.partition())
                else:
                    emit(isolation, checked(m).partition(), m.offset(), text(m.value()))
            return len(ended) == int(count)

        wait_for("the ends", at_end)
        client.close()


# ---- Groups ----------------------------------------------------------------------------------------------------------
def three(bootstrap, topic, group, strategy, total):
    """Three members share six partitions; one leaves, and the other two read on."""
    total = int(total)
    seen = []
    members = {}

    def join(name):
        client = consumer(bootstrap, group, partition_assignment_strategy=strategy)

        def lost(_, partitions):
            # librdkafka may leave the group before it calls this when it is closed in the middle of a rebalance.
            positions = [p for p in client.position(partitions) if p.offset >= 0]
            if name in members and positions:
                client.commit(offsets=positions, asynchronous=False)

        client.subscribe([topic], on_revoke=lost)
        members[name] = client

    def poll():
        for name, client in members.items():
            for m in client.consume(20, timeout=0.05):
                seen.append((name, checked(m).partition(), m.offset(), text(m.value())))

    def shares():
        poll()
        return sorted(len(client.assignment()) for client in members.values())

    def count():
        poll()
        return len(seen)

    def leave(name):
        client = members.pop(name)
        client.commit(asynchronous=False)
        client.close()

    sender = producer(bootstrap, linger_ms=5)
    sent = 0

    def send(upto):
        nonlocal sent
        while sent < upto:
            sender.produce(topic, value="v%d" % sent, partition=sent % 6)
            sent += 1
        flush(sender)

    join("first")
    wait_for("six partitions at the first", lambda: shares() == [6])
    send(total // 3)
    join("second")
    join("third")
    wait_for("two partitions each", lambda: shares() == [2, 2, 2])
    send(2 * total // 3)
    wait_for("two thirds of the records", lambda: count() >= 2 * total // 3)
    leave("third")
    wait_for("three partitions each", lambda: shares() == [3, 3])
    send(total)
    wait_for("all records", lambda: count() >= total)
    for name in list(members):
        leave(name)
    for line in seen:
        emit(*line)


def seek(bootstrap, topic, timestamp_ms):
    """A partition of 100: times, watermarks, seeks in both directions."""
    client = consumer(bootstrap, "seek")
    found = client.offsets_for_times([TopicPartition(topic, 0, int(timestamp_ms))], timeout=DEADLINE_S)[0]
    later = client.offsets_for_times([TopicPartition(topic, 0, int(timestamp_ms) + 86400000)], timeout=DEADLINE_S)[0]
    emit("times", found.offset, "end" if later.offset == OFFSET_END else later.offset)
    emit("watermarks", *client.get_watermark_offsets(TopicPartition(topic, 0), timeout=DEADLINE_S))
    client.assign([TopicPartition(topic, 0, found.offset)])
    emit("at", text(take(client, 1)[0].value()))
    for offset in (97, 3, 0, 99):
        client.seek(TopicPartition(topic, 0, offset))
        emit("seek", take(client, 1)[0].offset(), client.position([TopicPartition(topic, 0)])[0].offset)
    client.close()


def backpressure(bootstrap, topic, total):
    """Two partitions and a queue that holds little: one is paused in the middle, the other one goes on."""
    client = consumer(
        bootstrap,
        "backpressure",
        queued_max_messages_kbytes=64,
        fetch_message_max_bytes=20000,
        queued_min_messages=1000,
        fetch_wait_max_ms=50,
    )
    client.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in (0, 1)])
    seen = take(client, 50)
    client.pause([TopicPartition(topic, 0)])
    emit("before", sum(m.partition() == 0 for m in seen))
    total = int(total)
    ones = [m for m in seen if m.partition() == 1]

    def all_ones():
        for m in client.consume(50, timeout=0.2):
            seen.append(checked(m))
            if m.partition() == 1:
                ones.append(m)
            else:
                emit("while paused", m.offset())
        return len(ones) == total // 2

    wait_for("the partition that goes on", all_ones)
    client.resume([TopicPartition(topic, 0)])
    seen.extend(take(client, total - len(seen)))
    for m in seen:
        emit("seen", m.partition(), m.offset(), text(m.value())[:12])
    client.close()


# ---- Admin -----------------------------------------------------------------------------------------------------------
def outcome(futures):
    for name, future in futures.items():
        try:
            future.result(DEADLINE_S)
            return "done"
        except KafkaException as e:
            return e.args[0].name()


def admin(bootstrap, topic, group):
    client = AdminClient({"bootstrap.servers": bootstrap})
    new = NewTopic(topic, num_partitions=2, replication_factor=1, config={"retention.ms": "7200000"})
    emit("create", outcome(client.create_topics([new])))
    emit("create", outcome(client.create_topics([new])))
    emit("create", outcome(client.create_topics([NewTopic(topic + "-3", num_partitions=1, replication_factor=3)])))
    emit("partitions", outcome(client.create_partitions([NewPartitions(topic, 4)])))
    emit("partitions", outcome(client.create_partitions([NewPartitions(topic, 1)])))
    metadata = client.list_topics(timeout=DEADLINE_S)
    emit("cluster", len(metadata.brokers), metadata.controller_id in metadata.brokers, sorted(metadata.topics[topic].partitions))
    resource = ConfigResource("topic", topic)
    emit_configs(client, resource)
    resource.set_config("cleanup.policy", "compact")
    emit("alter", outcome(client.alter_configs([resource])))
    emit_configs(client, ConfigResource("topic", topic))
    wrong = ConfigResource("topic", topic)
    wrong.set_config("cleanup.policy", "burn")
    emit("alter", outcome(client.alter_configs([wrong])))
    reader = consumer(bootstrap, group, client_id="confluent-member")
    reader.subscribe([topic])

    def joined():
        reader.consume(1, timeout=0.1)
        return len(reader.assignment()) == 4

    wait_for("the partitions", joined)
    found = client.list_groups(group, timeout=DEADLINE_S)[0]
    emit("group", found.state, found.protocol_type, found.protocol, [m.client_id for m in found.members])
    emit("groups", group in [g.id for g in client.list_groups(timeout=DEADLINE_S)])
    reader.close()
    emit("delete", outcome(client.delete_topics([topic], operation_timeout=DEADLINE_S)))
    emit("delete", outcome(client.delete_topics([topic])))
    emit("left", topic in client.list_topics(timeout=DEADLINE_S).topics)


def emit_configs(client, resource):
    configs = list(client.describe_configs([resource]).values())[0].result(DEADLINE_S)
    for name in ("cleanup.policy", "retention.ms"):
        emit("config", name, configs[name].value, bool(configs[name].is_default))


COMMANDS = {
    f.__name__: f
    for f in (write, read, idempotent, transactions, committed_group, three, seek, backpressure, admin)
}
sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8")
COMMANDS[sys.argv[1]](*sys.argv[2:])

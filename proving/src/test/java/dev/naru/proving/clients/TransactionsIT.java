package dev.naru.proving.clients;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Transactions of the Java client, which speaks their second version. */
class TransactionsIT {
  private static String bootstrap;
  private static Admin admin;

  @BeforeAll
  static void connect() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static Producer<String, String> transactional(String id, Object... settings) {
    List<Object> all = new ArrayList<>(List.of("transactional.id", id));
    all.addAll(List.of(settings));
    Producer<String, String> producer = Clients.producer(bootstrap, all.toArray());
    producer.initTransactions();
    return producer;
  }

  private static List<String> values(String topic, String isolation) {
    return Clients.readAll(bootstrap, isolation, new TopicPartition(topic, 0)).stream()
        .map(ConsumerRecord::value)
        .toList();
  }

  private static long end(TopicPartition partition) {
    return get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all())
        .get(partition)
        .offset();
  }

  private static TransactionState state(String id) {
    return get(admin.describeTransactions(List.of(id)).description(id)).state();
  }

  @Test
  void committedRecordsAreSeenAndAbortedOnesAreNot() {
    String topic = Clients.createTopic(admin, "commit-abort", 1);
    String id = Clients.unique("commit-abort");
    try (Producer<String, String> producer = transactional(id)) {
      for (String name : List.of("a", "b", "c", "d")) {
        producer.beginTransaction();
        IntStream.range(0, 3).forEach(i -> producer.send(new ProducerRecord<>(topic, name + i)));
        if (name.equals("b") || name.equals("d")) {
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
    }
    assertEquals(List.of("a0", "a1", "a2", "c0", "c1", "c2"), values(topic, "read_committed"));
    assertEquals(12, values(topic, "read_uncommitted").size());
    assertEquals(16, end(new TopicPartition(topic, 0)));
    Clients.await(
        "the last abort to be complete", () -> state(id) == TransactionState.COMPLETE_ABORT);
  }

  @Test
  void anOpenTransactionHoldsBackCommittedReadersOnly() {
    String topic = Clients.createTopic(admin, "open", 1);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Producer<String, String> open = transactional(Clients.unique("open"));
        Producer<String, String> plain = Clients.producer(bootstrap)) {
      get(plain.send(new ProducerRecord<>(topic, "before")));
      open.beginTransaction();
      get(open.send(new ProducerRecord<>(topic, "inside")));
      get(plain.send(new ProducerRecord<>(topic, "after")));
      assertEquals(List.of("before"), values(topic, "read_committed"));
      assertEquals(List.of("before", "inside", "after"), values(topic, "read_uncommitted"));
      try (Consumer<String, String> committed =
          Clients.consumer(bootstrap, "isolation.level", "read_committed")) {
        assertEquals(1, committed.endOffsets(List.of(partition)).get(partition));
      }
      open.commitTransaction();
    }
    Clients.await(
        "all three",
        () -> values(topic, "read_committed").equals(List.of("before", "inside", "after")));
  }

  @Test
  void aSecondProducerOfTheSameIdFencesTheFirst() {
    String topic = Clients.createTopic(admin, "fence", 1);
    String id = Clients.unique("fence");
    try (Producer<String, String> zombie = transactional(id)) {
      zombie.beginTransaction();
      get(zombie.send(new ProducerRecord<>(topic, "of the zombie")));
      try (Producer<String, String> heir = transactional(id)) {
        heir.beginTransaction();
        heir.send(new ProducerRecord<>(topic, "of the heir"));
        heir.commitTransaction();
        KafkaException fenced =
            assertThrows(
                KafkaException.class,
                () -> {
                  zombie.send(new ProducerRecord<>(topic, "too late"));
                  zombie.commitTransaction();
                });
        assertTrue(isFencing(fenced), fenced::toString);
      }
    }
    assertEquals(List.of("of the heir"), values(topic, "read_committed"));
  }

  private static boolean isFencing(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException) {
        return true;
      }
    }
    return false;
  }

  @Test
  void offsetsAreCommittedWithTheTransactionOrNotAtAll() {
    String input = Clients.createTopic(admin, "input", 1);
    String output = Clients.createTopic(admin, "output", 1);
    String group = Clients.unique("offsets");
    TopicPartition partition = new TopicPartition(input, 0);
    try (Producer<String, String> plain = Clients.producer(bootstrap)) {
      IntStream.range(0, 10).forEach(i -> plain.send(new ProducerRecord<>(input, "v" + i)));
    }
    try (Producer<String, String> producer = transactional(Clients.unique("offsets"));
        Consumer<String, String> consumer = Clients.consumer(bootstrap, "group.id", group)) {
      consumer.subscribe(List.of(input));
      List<ConsumerRecord<String, String>> records = Clients.poll(consumer, 10);
      producer.beginTransaction();
      records.forEach(
          record -> producer.send(new ProducerRecord<>(output, "aborted " + record.value())));
      producer.sendOffsetsToTransaction(
          Map.of(partition, new OffsetAndMetadata(10)), consumer.groupMetadata());
      producer.abortTransaction();
      assertEquals(Map.of(), committed(group));
      producer.beginTransaction();
      records.forEach(record -> producer.send(new ProducerRecord<>(output, record.value())));
      producer.sendOffsetsToTransaction(
          Map.of(partition, new OffsetAndMetadata(10, "ten")), consumer.groupMetadata());
      producer.commitTransaction();
      Clients.await(
          "the offset of the transaction",
          () -> committed(group).equals(Map.of(partition, new OffsetAndMetadata(10, "ten"))));
    }
    assertEquals(
        IntStream.range(0, 10).mapToObj(i -> "v" + i).toList(), values(output, "read_committed"));
  }

  private static Map<TopicPartition, OffsetAndMetadata> committed(String group) {
    Map<TopicPartition, OffsetAndMetadata> result = new java.util.HashMap<>();
    get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                result.put(partition, new OffsetAndMetadata(offset.offset(), offset.metadata()));
              }
            });
    return result;
  }

  @Test
  void aTransactionThatOutlivesItsTimeoutIsAborted() {
    String topic = Clients.createTopic(admin, "timeout", 1);
    String id = Clients.unique("timeout");
    try (Producer<String, String> slow = transactional(id, "transaction.timeout.ms", 1_000)) {
      slow.beginTransaction();
      get(slow.send(new ProducerRecord<>(topic, "never")));
      TopicPartition partition = new TopicPartition(topic, 0);
      Clients.await("the abort marker", () -> end(partition) == 2);
      // Not an invalid state, from which Kafka Streams for one does not recover.
      assertThrows(ProducerFencedException.class, slow::commitTransaction);
    }
    assertEquals(List.of(), values(topic, "read_committed"));
    Clients.await("the abort", () -> state(id) == TransactionState.COMPLETE_ABORT);
  }

  @Test
  void runningTransactionsAreListedAndDescribed() {
    String topic = Clients.createTopic(admin, "listed", 2);
    String id = Clients.unique("listed");
    try (Producer<String, String> producer = transactional(id, "transaction.timeout.ms", 50_000)) {
      producer.beginTransaction();
      get(producer.send(new ProducerRecord<>(topic, 1, null, "x")));
      TransactionDescription description =
          get(admin.describeTransactions(List.of(id)).description(id));
      assertEquals(TransactionState.ONGOING, description.state());
      assertEquals(Set.of(new TopicPartition(topic, 1)), description.topicPartitions());
      assertEquals(50_000, description.transactionTimeoutMs());
      TransactionListing listing =
          get(admin
                  .listTransactions(
                      new ListTransactionsOptions()
                          .filterStates(Set.of(TransactionState.ONGOING))
                          .filterProducerIds(Set.of(description.producerId())))
                  .all())
              .iterator()
              .next();
      assertEquals(id, listing.transactionalId());
      assertEquals(
          0,
          get(admin.listTransactions(new ListTransactionsOptions().filterOnDuration(600_000)).all())
              .stream()
              .filter(l -> l.transactionalId().equals(id))
              .count());
      producer.commitTransaction();
    }
    Clients.await("the commit", () -> state(id) == TransactionState.COMPLETE_COMMIT);
  }

  @Test
  void anAdminCanFenceAProducer() {
    String topic = Clients.createTopic(admin, "fence-by-admin", 1);
    String id = Clients.unique("fence-by-admin");
    try (Producer<String, String> producer = transactional(id)) {
      producer.beginTransaction();
      get(producer.send(new ProducerRecord<>(topic, "x")));
      get(admin.fenceProducers(List.of(id)).all());
      KafkaException fenced = assertThrows(KafkaException.class, producer::commitTransaction);
      assertTrue(isFencing(fenced), fenced::toString);
    }
    Clients.await(
        "nothing visible",
        () -> values(topic, "read_committed").isEmpty() && end(new TopicPartition(topic, 0)) == 2);
  }

  @Test
  void anAdminCanAbortAHangingTransaction() {
    String topic = Clients.createTopic(admin, "abort-by-admin", 1);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Producer<String, String> producer = transactional(Clients.unique("abort-by-admin"))) {
      producer.beginTransaction();
      get(producer.send(new ProducerRecord<>(topic, "x")));
      ProducerState state =
          get(admin.describeProducers(List.of(partition)).partitionResult(partition))
              .activeProducers()
              .get(0);
      assertEquals(0, state.currentTransactionStartOffset().orElseThrow());
      get(
          admin
              .abortTransaction(
                  new AbortTransactionSpec(
                      partition,
                      state.producerId(),
                      (short) state.producerEpoch(),
                      state.coordinatorEpoch().orElse(0)))
              .all());
      assertEquals(2, end(partition));
      assertEquals(List.of(), values(topic, "read_committed"));
    }
  }

  @Test
  void manyTransactionsOverManyPartitionsAreWholeForAReaderThatFollowsThem() {
    String topic = Clients.createTopic(admin, "atomic", 3);
    try (Producer<String, String> producer =
        transactional(Clients.unique("atomic"), "linger.ms", 0)) {
      for (int t = 0; t < 60; t++) {
        producer.beginTransaction();
        for (int p = 0; p < 3; p++) {
          producer.send(new ProducerRecord<>(topic, p, null, "t" + t));
        }
        if (t % 3 == 2) {
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
    }
    List<String> expected =
        IntStream.range(0, 60).filter(t -> t % 3 != 2).mapToObj(t -> "t" + t).toList();
    for (int p = 0; p < 3; p++) {
      TopicPartition partition = new TopicPartition(topic, p);
      assertEquals(
          expected,
          Clients.readAll(bootstrap, "read_committed", partition).stream()
              .map(ConsumerRecord::value)
              .toList());
    }
  }
}

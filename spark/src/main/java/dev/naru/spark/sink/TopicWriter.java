package dev.naru.spark.sink;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;

/**
 * Writes a batch, in a task of its own. The name of the transaction is the sink's: whoever begins
 * later, an attempt of the same task or the job that was started again, ends what the one before
 * left open, and that one can write no more.
 */
final class TopicWriter implements ForeachPartitionFunction<Row> {
  private static final long serialVersionUID = 1L;

  private final KafkaSettings kafka;
  private final String topic;
  private final Batch batch;

  TopicWriter(KafkaSettings kafka, String topic, Batch batch) {
    this.kafka = kafka;
    this.topic = topic;
    this.batch = batch;
  }

  @Override
  public void call(Iterator<Row> rows) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(kafka.producer("naru-spark-" + batch.sink()))) {
      producer.initTransactions();
      // Only now: what an attempt before this one had under way is committed, or never will be.
      if (isAnotherAttempt() && CommittedBatches.contains(kafka, batch)) {
        return;
      }
      batch.written().add(transaction(producer, rows));
    }
  }

  private long transaction(KafkaProducer<byte[], byte[]> producer, Iterator<Row> rows) {
    producer.beginTransaction();
    try {
      long count = send(producer, rows);
      if (batch.isNumbered()) {
        producer.send(CommittedBatches.record(batch));
      }
      producer.commitTransaction();
      return count;
    } catch (RuntimeException e) {
      abort(producer, e);
      throw e;
    }
  }

  /** Readers of what is committed need not wait for the next attempt. */
  private static void abort(KafkaProducer<byte[], byte[]> producer, RuntimeException why) {
    try {
      producer.abortTransaction();
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  private boolean isAnotherAttempt() {
    TaskContext task = TaskContext.get();
    return batch.isNumbered()
        && (batch.again()
            || task == null
            || task.attemptNumber() > 0
            || task.stageAttemptNumber() > 0);
  }

  private long send(KafkaProducer<byte[], byte[]> producer, Iterator<Row> rows) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    long count = 0;
    while (rows.hasNext() && failure.get() == null) {
      producer.send(
          record(rows.next()),
          (metadata, e) -> {
            if (e != null) {
              failure.compareAndSet(null, e);
            }
          });
      count++;
    }
    // What a callback was told, the commit fails with as well.
    return count;
  }

  private ProducerRecord<byte[], byte[]> record(Row row) {
    RecordHeaders headers = new RecordHeaders();
    if (!row.isNullAt(2)) {
      List<Row> list = row.getList(2);
      list.forEach(header -> headers.add(header.getString(0), header.<byte[]>getAs(1)));
    }
    return new ProducerRecord<>(topic, null, row.<byte[]>getAs(0), row.<byte[]>getAs(1), headers);
  }
}

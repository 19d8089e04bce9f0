package dev.naru.connect.common;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** Where records of a sink come from. */
public final class SinkRecords {
  private SinkRecords() {}

  /** For people, such as "pages-0@17". */
  public static String where(SinkRecord record) {
    return record.topic() + "-" + record.kafkaPartition() + "@" + record.kafkaOffset();
  }

  /**
   * The partition that Connect read a record from, whatever transformations made of it (KIP-793).
   */
  public static TopicPartition partition(SinkRecord record) {
    return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
  }
}

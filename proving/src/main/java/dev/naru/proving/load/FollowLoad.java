package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A read_committed consumer that follows partitions while they are written, and writes down what it
 * saw. An offset out of range ends it: nobody may ever read what a crash can take back.
 */
public final class FollowLoad extends Load {
  private final String name;
  private final List<TopicPartition> partitions;

  public FollowLoad(
      String name, String bootstrap, History history, List<TopicPartition> partitions) {
    super(name, bootstrap, history);
    this.name = name;
    this.partitions = List.copyOf(partitions);
  }

  @Override
  protected void run() {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "none");
    config.put("reconnect.backoff.max.ms", 200);
    Map<TopicPartition, History.Stint> stints = new HashMap<>();
    partitions.forEach(
        p -> stints.put(p, history.assigned(name, new PartitionId(p.topic(), p.partition()))));
    try (Consumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(partitions);
      partitions.forEach(p -> consumer.seek(p, 0));
      while (!stopping()) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(
                record -> {
                  stints
                      .get(new TopicPartition(record.topic(), record.partition()))
                      .saw(record.offset(), record.value());
                  progressed();
                });
      }
    }
  }
}

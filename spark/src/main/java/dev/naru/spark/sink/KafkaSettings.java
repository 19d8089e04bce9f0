package dev.naru.spark.sink;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How the job's own clients reach the node.
 *
 * @param bootstrap {@code HOST:PORT[,…]}
 * @param more settings by Kafka's names, which win; may hold secrets
 */
public record KafkaSettings(String bootstrap, Map<String, String> more) implements Serializable {
  private static final String ANSWER_PATIENCE_MS = "15000";

  public KafkaSettings {
    more = new HashMap<>(more);
  }

  /** For looking at topics and making them. */
  public Map<String, Object> admin() {
    Map<String, Object> config = base();
    config.put("default.api.timeout.ms", ANSWER_PATIENCE_MS);
    config.put("request.timeout.ms", ANSWER_PATIENCE_MS);
    config.putAll(more);
    return config;
  }

  /** For a transaction under this name. */
  Map<String, Object> producer(String transactionalId) {
    Map<String, Object> config = base();
    config.put("key.serializer", ByteArraySerializer.class.getName());
    config.put("value.serializer", ByteArraySerializer.class.getName());
    config.put("linger.ms", "5");
    config.put("batch.size", "131072");
    config.put("compression.type", "lz4");
    config.put("transaction.timeout.ms", "300000");
    config.putAll(more);
    config.put("transactional.id", transactionalId);
    config.put("enable.idempotence", "true");
    return config;
  }

  /** For reading to the end of what is committed. */
  Map<String, Object> consumer() {
    Map<String, Object> config = base();
    config.put("key.deserializer", ByteArrayDeserializer.class.getName());
    config.put("value.deserializer", ByteArrayDeserializer.class.getName());
    config.putAll(more);
    config.put("isolation.level", "read_committed");
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "earliest");
    return config;
  }

  private Map<String, Object> base() {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    return config;
  }

  /** Without settings, which may hold secrets. */
  @Override
  public String toString() {
    return bootstrap;
  }
}

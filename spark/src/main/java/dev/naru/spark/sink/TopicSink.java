package dev.naru.spark.sink;

import dev.naru.spark.job.SinkSpec;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * A topic. Spark's own sink for Kafka gives at least once. Here one task writes the batch, in one
 * transaction, in which the batch's number goes into {@link CommittedBatches} too: a batch is in
 * the topic once, and readers that read what is committed see all of it or nothing.
 */
public final class TopicSink implements Sink {
  private static final Map<String, String> JSON = Map.of("ignoreNullFields", "false");

  private final KafkaSettings kafka;
  private final SinkSpec.Topic spec;

  public TopicSink(KafkaSettings kafka, SinkSpec.Topic spec) {
    this.kafka = kafka;
    this.spec = spec;
  }

  @Override
  public void prepare(StructType schema, boolean streaming) {
    try (Topics topics = new Topics(kafka)) {
      topics.ensure(spec.topic(), spec.partitions(), Map.of());
      if (streaming) {
        CommittedBatches.create(topics);
      }
    }
  }

  @Override
  public void write(Dataset<Row> rows, Batch batch) {
    Column value =
        spec.text()
            ? functions.col("value").cast("string")
            : functions.to_json(
                functions.struct(
                    Arrays.stream(rows.columns()).map(TopicSink::column).toArray(Column[]::new)),
                JSON);
    Column key = spec.key().map(functions::expr).orElse(functions.lit(null)).cast("string");
    Column none = functions.lit(null).cast("array<struct<key:string,value:binary>>");
    writeWire(
        rows.select(
            key.cast("binary").as("key"), value.cast("binary").as("value"), none.as("headers")),
        batch);
  }

  /** Writes rows of {@code key}, {@code value} and {@code headers} as they are. */
  public void writeWire(Dataset<Row> wire, Batch batch) {
    ForeachPartitionFunction<Row> writer = new TopicWriter(kafka, spec.topic(), batch);
    wire.repartition(1).foreachPartition(writer);
  }

  private static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }
}

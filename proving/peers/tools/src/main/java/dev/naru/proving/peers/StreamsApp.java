package dev.naru.proving.peers;

import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/**
 * A Kafka Streams application with every kind of topic that one makes: it copies its input, counts
 * words (over a repartition topic, with a changelog), and adds up numbers in windows. Values of the
 * input are {@code WORD NUMBER}. Every change of a count or sum goes to the output.
 *
 * <p>Runs until it is killed or told to end; ends with 1 when Streams gives up, and prints why.
 */
public final class StreamsApp {
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private StreamsApp() {}

  /**
   * @param args the bootstrap address, the application's id, the processing guarantee, the group
   *     protocol, the directory for its state, the topic to read, and the prefix of the topics to
   *     write: {@code -copied}, {@code -counted}, {@code -summed}
   */
  public static void main(String[] args) throws InterruptedException {
    KafkaStreams streams =
        new KafkaStreams(
            topology(args[5], args[6]), config(args[0], args[1], args[2], args[3], args[4]));
    CountDownLatch ended = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(
        e -> {
          e.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (state, before) -> {
          if (state == KafkaStreams.State.ERROR) {
            ended.countDown();
          }
        });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    ended.await();
    // Not a plain return: the other threads of the client would keep the process alive.
    System.exit(1);
  }

  private static Topology topology(String from, String to) {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> source = builder.stream(from);
    source.mapValues(value -> value.toUpperCase(Locale.ROOT)).to(to + "-copied");
    source
        .groupBy((key, value) -> value.split(" ")[0], Grouped.as("by-word"))
        .count(Materialized.as("counts"))
        .toStream()
        .to(to + "-counted", Produced.with(Serdes.String(), Serdes.Long()));
    source
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeWithNoGrace(WINDOW))
        .aggregate(
            () -> 0L,
            (key, value, sum) -> sum + Long.parseLong(value.split(" ")[1]),
            Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("sums")
                .withValueSerde(Serdes.Long()))
        .toStream((window, sum) -> window.key() + "@" + window.window().start())
        .to(to + "-summed", Produced.with(Serdes.String(), Serdes.Long()));
    return builder.build();
  }

  private static Properties config(
      String bootstrap, String id, String guarantee, String protocol, String stateDirectory) {
    Properties config = new Properties();
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, protocol);
    config.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    // Every change is a record of its own, so that the output shows each that is missing or double.
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    config.put(StreamsConfig.REPARTITION_PURGE_INTERVAL_MS_CONFIG, 500);
    // So that the group and the coordinator miss soon one that was killed.
    if (protocol.equals("classic")) {
      config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 2_000);
      config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 300);
    }
    config.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 3_000);
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    return config;
  }
}

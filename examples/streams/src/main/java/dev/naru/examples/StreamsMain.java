package dev.naru.examples;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.LogAndContinueExceptionHandler;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** What every application here has in common: its settings, and its life as a process. */
final class StreamsMain {
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);

  private StreamsMain() {}

  /**
   * An application's settings.
   *
   * @param id the application's id: the name of its group, and of its own topics
   * @param args {@code name=value} for settings of Kafka Streams that are not to be what is set
   *     here
   * @throws IllegalArgumentException for anything else
   */
  static Properties settings(String id, String... args) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:9092");
    // What is read, the state, and what is written belong to one transaction.
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    // A process that died is missed after this time, and its transaction ends.
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), "10000");
    settings.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), "10000");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    // A record that cannot be read or processed goes to a topic, in the same transaction.
    settings.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, id + "-errors");
    settings.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
        LogAndContinueExceptionHandler.class);
    settings.put(
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
        LogAndContinueProcessingExceptionHandler.class);
    settings.put("processing.exception.handler.global.enabled", "true");
    for (String arg : args) {
      int equals = arg.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "\"" + arg + "\" is not NAME=VALUE, as in bootstrap.servers=127.0.0.1:9092");
      }
      settings.put(arg.substring(0, equals), arg.substring(equals + 1));
    }
    return settings;
  }

  /**
   * Runs until the process is told to end, or gives up; then with the exit code 1, for whoever
   * starts it again.
   */
  static void run(Topology topology, Properties settings) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology, settings);
    CountDownLatch failed = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(
        problem -> {
          System.err.println("gives up: " + problem);
          problem.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (now, before) -> {
          System.out.println(now);
          if (now == KafkaStreams.State.ERROR) {
            failed.countDown();
          }
        });
    Thread close = new Thread(() -> streams.close(CLOSE_PATIENCE), "close");
    Runtime.getRuntime().addShutdownHook(close);
    streams.start();
    failed.await();
    // The threads of the clients would keep a process alive that does nothing.
    System.exit(1);
  }
}

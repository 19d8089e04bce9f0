package dev.naru.examples;

import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.Suppressed.StrictBufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.WindowStore;

/**
 * What each shop sold in each minute, from the topic {@code orders} into the topic {@code
 * sales-per-minute}: one record for each shop and minute, when the minute is over and orders that
 * come late have had ten seconds.
 *
 * <p>Start it several times, and the partitions are shared; kill one, and the others go on with its
 * part from the last transaction.
 */
public final class SalesPerMinute {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LATE = Duration.ofSeconds(10);

  /** What may wait in memory for its minute to end, for each partition. */
  private static final StrictBufferConfig OPEN_WINDOWS =
      BufferConfig.maxBytes(64L << 20).shutDownWhenFull();

  /** What is read of an order; its key is the shop. */
  record Order(long order, long amount) {}

  /** A sum so far; this is the state. */
  record Sum(long orders, long amount) {
    static final Sum NOTHING = new Sum(0, 0);

    Sum plus(Order order) {
      return new Sum(orders + 1, amount + order.amount());
    }
  }

  /** What is written for a shop and a minute. */
  record Sales(String shop, String from, long orders, long amount) {
    static Sales of(Windowed<String> window, Sum sum) {
      Instant from = window.window().startTime();
      return new Sales(window.key(), from.toString(), sum.orders(), sum.amount());
    }
  }

  private SalesPerMinute() {}

  /**
   * @param args settings of Kafka Streams, as {@code bootstrap.servers=127.0.0.1:9092}
   */
  public static void main(String[] args) throws InterruptedException {
    StreamsMain.run(topology(), StreamsMain.settings("sales-per-minute", args));
  }

  private static Topology topology() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("orders", Consumed.with(Serdes.String(), Json.of(Order.class)))
        .groupByKey(Grouped.with(Serdes.String(), Json.of(Order.class)))
        .windowedBy(TimeWindows.ofSizeAndGrace(MINUTE, LATE))
        .aggregate(
            () -> Sum.NOTHING,
            (shop, order, sum) -> sum.plus(order),
            Materialized.<String, Sum, WindowStore<Bytes, byte[]>>as("sums")
                .withKeySerde(Serdes.String())
                .withValueSerde(Json.of(Sum.class))
                // A cache would hand on the sums in another order than that of the orders' time.
                .withCachingDisabled())
        .suppress(Suppressed.untilWindowCloses(OPEN_WINDOWS))
        .toStream()
        .map((window, sum) -> KeyValue.pair(window.key(), Sales.of(window, sum)))
        .to("sales-per-minute", Produced.with(Serdes.String(), Json.of(Sales.class)));
    return builder.build();
  }
}

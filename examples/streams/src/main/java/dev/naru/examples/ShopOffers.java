package dev.naru.examples;

import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TableJoined;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The offers of a shop: its products, which change in one database, joined with their sellers,
 * which change in another. Reads what Debezium captured of both, and writes to {@code shop-offers}
 * one record for each change: the offer, or nothing when the product is gone.
 */
public final class ShopOffers {
  /** A row of MariaDB's table. */
  record Product(String product, String seller, String title, int price_cents, int stock) {}

  /** A row of PostgreSQL's table. */
  record Seller(String seller, String name, String country) {}

  /** What is written. */
  record Offer(
      String product,
      String title,
      int price_cents,
      int stock,
      String seller,
      String seller_name,
      String country) {
    static Offer of(Product product, Seller seller) {
      return new Offer(
          product.product(),
          product.title(),
          product.price_cents(),
          product.stock(),
          product.seller(),
          seller.name(),
          seller.country());
    }
  }

  private ShopOffers() {}

  /**
   * @param args settings of Kafka Streams, as {@code bootstrap.servers=127.0.0.1:9092}
   */
  public static void main(String[] args) throws InterruptedException {
    Properties settings = StreamsMain.settings("shop-offers", args);
    // Each change is a record of its own; with a cache, only the last of each tenth of a second.
    settings.putIfAbsent(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
    StreamsMain.run(topology(), settings);
  }

  private static Topology topology() {
    StreamsBuilder builder = new StreamsBuilder();
    KTable<String, Product> products = rows(builder, "mariadb.shop.products", Product.class);
    KTable<String, Seller> sellers = rows(builder, "postgres.public.sellers", Seller.class);
    products
        .join(
            sellers,
            Product::seller,
            Offer::of,
            TableJoined.as("products-with-sellers"),
            table("offers", Json.of(Offer.class)))
        .toStream()
        .to("shop-offers", Produced.with(Serdes.String(), Json.of(Offer.class)));
    return builder.build();
  }

  /** The table as it is in the database, after each change that was captured of it. */
  private static <R> KTable<String, R> rows(StreamsBuilder builder, String topic, Class<R> type) {
    String name = topic.substring(topic.lastIndexOf('.') + 1);
    return builder.stream(topic, Consumed.with(Serdes.String(), Json.of(Change.class)))
        .processValues(new EachChangeOnce<>(name + "-positions", type))
        .toTable(table(name, Json.of(type)));
  }

  private static <V> Materialized<String, V, KeyValueStore<Bytes, byte[]>> table(
      String name, Serde<V> serde) {
    return Materialized.<String, V, KeyValueStore<Bytes, byte[]>>as(name)
        .withKeySerde(Serdes.String())
        .withValueSerde(serde);
  }
}

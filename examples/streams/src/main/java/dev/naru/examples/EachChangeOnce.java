package dev.naru.examples;

import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Makes rows of changes, and lets each change through once. After a crash, captured changes come
 * again: the capture goes on from the last position that it wrote down. Of each row this remembers
 * how far the database's log was when it changed last; what stands before that, or there, was here.
 *
 * @param <R> the row
 */
final class EachChangeOnce<R> implements FixedKeyProcessorSupplier<String, Change, R> {
  private final String store;
  private final Class<R> type;

  /**
   * @param store the name of the state
   * @param type the row's type
   */
  EachChangeOnce(String store, Class<R> type) {
    this.store = store;
    this.type = type;
  }

  @Override
  public Set<StoreBuilder<?>> stores() {
    return Set.of(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(store), Serdes.String(), Serdes.String()));
  }

  @Override
  public FixedKeyProcessor<String, Change, R> get() {
    return new FixedKeyProcessor<>() {
      private FixedKeyProcessorContext<String, R> context;
      private KeyValueStore<String, String> positions;

      @Override
      public void init(FixedKeyProcessorContext<String, R> context) {
        this.context = context;
        positions = context.getStateStore(store);
      }

      @Override
      public void process(FixedKeyRecord<String, Change> record) {
        Change change = record.value();
        if (change == null) {
          // What follows a deletion, for the compaction of the topic; the deletion itself was
          // enough.
          return;
        }
        String position = change.position();
        String last = positions.get(record.key());
        if (last != null && last.compareTo(position) >= 0) {
          return;
        }
        positions.put(record.key(), position);
        context.forward(record.withValue(Json.convert(change.after(), type)));
      }
    };
  }
}

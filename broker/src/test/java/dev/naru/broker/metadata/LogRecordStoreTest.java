package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.AppendSpec;
import dev.naru.log.Disk;
import dev.naru.log.Durability;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRecordStoreTest {
  @TempDir Path directory;
  private LogStore logs;

  @BeforeEach
  void open() {
    logs = LogStore.open(Disk.real(), directory, System::currentTimeMillis);
  }

  @AfterEach
  void close() {
    logs.close();
  }

  @Test
  void givesBackWhatWasKept() throws InterruptedException {
    LogRecordStore store = new LogRecordStore(logs, Durability.FSYNC);
    assertFalse(store.load(record -> {}), "something in a new directory");
    rewrite(store, "a", "b");
    append(store, "c");
    close();
    open();
    assertEquals(List.of("a", "b", "c"), topics());
  }

  @Test
  void aRewriteTakesThePlaceOfWhatWasBefore() throws InterruptedException {
    LogRecordStore store = new LogRecordStore(logs, Durability.FSYNC);
    assertFalse(store.load(record -> {}));
    rewrite(store, "a", "b");
    rewrite(store, "b");
    append(store, "c");
    assertEquals(1, generations().size(), "the old generation is still there");
    close();
    open();
    assertEquals(List.of("b", "c"), topics());
  }

  @Test
  void aRewriteThatACrashCutShortNeverHappened() throws InterruptedException {
    LogRecordStore store = new LogRecordStore(logs, Durability.FSYNC);
    assertFalse(store.load(record -> {}));
    rewrite(store, "a", "b");
    List<ApiMessageAndVersion> halfAState =
        List.of(new ApiMessageAndVersion(new BeginTransactionRecord(), (short) 0), topic("b"));
    logs.openOrCreate(new LogId(LogRecordStore.TOPIC_ID, 1), LogConfig.DEFAULTS)
        .append(MetadataRecords.encode(halfAState, 1), AppendSpec.coordinator(0, 1));
    close();
    open();
    assertEquals(List.of("a", "b"), topics());
    assertEquals(List.of(0), generations());
  }

  private List<String> topics() {
    List<String> names = new ArrayList<>();
    LogRecordStore store = new LogRecordStore(logs, Durability.FSYNC);
    assertTrue(store.load(record -> names.add(((TopicRecord) record).name())));
    return names;
  }

  private List<Integer> generations() {
    return logs.ids().stream()
        .filter(id -> id.topicId().equals(LogRecordStore.TOPIC_ID))
        .map(LogId::partition)
        .toList();
  }

  private static void rewrite(LogRecordStore store, String... names) throws InterruptedException {
    CountDownLatch durable = new CountDownLatch(1);
    List<ApiMessageAndVersion> state = new ArrayList<>();
    for (String name : names) {
      state.add(topic(name));
    }
    store.rewrite(state, 1, error -> count(error, durable));
    assertTrue(durable.await(30, TimeUnit.SECONDS));
  }

  private static void append(LogRecordStore store, String name) throws InterruptedException {
    CountDownLatch durable = new CountDownLatch(1);
    store.append(List.of(topic(name)), 1, error -> count(error, durable));
    assertTrue(durable.await(30, TimeUnit.SECONDS));
  }

  private static void count(Throwable error, CountDownLatch durable) {
    if (error == null) {
      durable.countDown();
    }
  }

  private static ApiMessageAndVersion topic(String name) {
    return new ApiMessageAndVersion(
        new TopicRecord().setName(name).setTopicId(Uuid.randomUuid()), (short) 0);
  }
}

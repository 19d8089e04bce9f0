package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.AppendSpec;
import dev.naru.log.Durability;
import dev.naru.log.LogId;
import dev.naru.log.Logs;
import dev.naru.log.PartitionLog;
import dev.naru.log.bookkeeper.MemoryCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The metadata log of a cluster, which goes from node to node. */
class OneLogRecordStoreTest {
  private final MemoryCluster cluster = new MemoryCluster();
  private int epoch;

  @AfterEach
  void close() {
    cluster.close();
  }

  private Logs node() {
    return cluster.node(() -> 42L);
  }

  private OneLogRecordStore store(Logs logs) {
    return new OneLogRecordStore(logs, RecordLogs.config(Durability.FSYNC), ++epoch);
  }

  private static List<String> load(OneLogRecordStore store) {
    List<String> names = new ArrayList<>();
    store.load(record -> names.add(((TopicRecord) record).name()));
    return names;
  }

  private static List<ApiMessageAndVersion> topics(String... names) {
    List<ApiMessageAndVersion> records = new ArrayList<>();
    for (String name : names) {
      records.add(
          new ApiMessageAndVersion(
              new TopicRecord().setName(name).setTopicId(Uuid.ONE_UUID), (short) 0));
    }
    return records;
  }

  private static void append(OneLogRecordStore store, String... names) throws Exception {
    CompletableFuture<Throwable> durable = new CompletableFuture<>();
    store.append(topics(names), 1, durable::complete);
    assertEquals(null, durable.get(30, TimeUnit.SECONDS));
  }

  private static void rewrite(OneLogRecordStore store, String... names) throws Exception {
    CompletableFuture<Throwable> durable = new CompletableFuture<>();
    store.rewrite(topics(names), 1, durable::complete);
    assertEquals(null, durable.get(30, TimeUnit.SECONDS));
  }

  @Test
  void theNextOwnerFindsWhatWasKept() throws Exception {
    OneLogRecordStore first = store(node());
    assertFalse(first.load(record -> {}));
    rewrite(first, "a", "b");
    append(first, "c");
    assertEquals(List.of("a", "b", "c"), load(store(node())));
  }

  @Test
  void aRewriteStandsForEverythingBeforeIt() throws Exception {
    OneLogRecordStore first = store(node());
    first.load(record -> {});
    rewrite(first, "a", "b");
    append(first, "c");
    rewrite(first, "b");
    append(first, "d");
    assertEquals(List.of("b", "d"), load(store(node())));
  }

  @Test
  void aRewriteWithoutItsEndNeverHappened() throws Exception {
    Logs node = node();
    OneLogRecordStore first = store(node);
    first.load(record -> {});
    rewrite(first, "a", "b");
    PartitionLog log =
        node.openOrCreate(
            new LogId(LogRecordStore.TOPIC_ID, 0), RecordLogs.config(Durability.FSYNC));
    List<ApiMessageAndVersion> half = new ArrayList<>();
    half.add(new ApiMessageAndVersion(new BeginTransactionRecord(), (short) 0));
    half.addAll(topics("b"));
    log.append(MetadataRecords.encode(half, 1), AppendSpec.coordinator(epoch, 1));

    OneLogRecordStore second = store(node());
    assertEquals(List.of("a", "b"), load(second));
    append(second, "c");
    assertEquals(List.of("a", "b", "c"), load(store(node())));
  }

  @Test
  void theOwnerBeforeCanNeitherAppendNorRewrite() throws Exception {
    OneLogRecordStore first = store(node());
    first.load(record -> {});
    rewrite(first, "a");
    OneLogRecordStore second = store(node());
    assertEquals(List.of("a"), load(second));

    assertTrue(failsOrThrows(durable -> first.append(topics("late"), 1, durable::complete)));
    assertTrue(failsOrThrows(durable -> first.rewrite(topics("late"), 1, durable::complete)));

    append(second, "b");
    assertEquals(List.of("a", "b"), load(store(node())));
  }

  private interface Writing {
    void write(CompletableFuture<Throwable> durable);
  }

  private static boolean failsOrThrows(Writing writing) throws Exception {
    CompletableFuture<Throwable> durable = new CompletableFuture<>();
    try {
      writing.write(durable);
    } catch (RuntimeException e) {
      return true;
    }
    return durable.get(30, TimeUnit.SECONDS) != null;
  }
}
